import torch

from reference_impl.bert import LinearChainCRF

crf = LinearChainCRF(2)
mask = torch.tensor([[True, False, True]])
crf.viterbi(torch.zeros(1, 3, 2), mask)
#! ValueError: expected words first and filler after them
