import torch

from reference_impl.bert import LinearChainCRF

crf = LinearChainCRF(3)
labels = torch.tensor([[-100, 1, 2, -100, 0, -100]])  # [CLS], words, a later piece, [SEP]
crf(torch.zeros(1, 6, 3), labels, labels != -100)
#! ValueError: expected words first and filler after them, got filler before a word in row 0
