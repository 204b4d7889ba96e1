import torch

from reference_impl.bert import LinearChainCRF

crf = LinearChainCRF(3)
emissions = torch.zeros(2, 4, 3)
mask = torch.tensor([[True, True, True, False], [False, False, False, False]])
crf.viterbi(emissions, mask)
#! ValueError: expected a word in each row of the mask, got row 1 of filler
