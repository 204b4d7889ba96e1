import torch

from reference_impl.t5 import corrupt_spans

text, dropped = torch.tensor([10, 98, 12, 13]), torch.tensor([False, False, True, False])
corrupt_spans(text, dropped, first_sentinel=99)
#! ValueError: expected ids below the 2 sentinels up to 99, got 98
