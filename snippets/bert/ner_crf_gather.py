import torch

from reference_impl.bert import LinearChainCRF, first_pieces

crf = LinearChainCRF(3)
labels = torch.tensor([[-100, 1, 2, -100, 0, -100]])
starts = labels != -100
words, mask = first_pieces(labels, starts)
print(words, mask)
#> tensor([[1, 2, 0]]) tensor([[True, True, True]])
scores, _ = first_pieces(torch.zeros(1, 6, 3), starts)
print(crf(scores, words, mask).exp())  # one path of 3 * 3 * 3
#> tensor([27.0000], grad_fn=<ExpBackward0>)
