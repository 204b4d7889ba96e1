import torch

from reference_impl.t5 import corrupt_spans

text, dropped = torch.tensor([10, 11, 12, 13]), torch.tensor([True, False, False, True])
corrupt_spans(text, dropped, first_sentinel=99)
#! ValueError: expected a mask that keeps the first token and drops another, got [1, 0, 0, 1]
