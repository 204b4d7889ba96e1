import torch

from reference_impl.t5 import corrupt_spans

text = torch.tensor([10, 11, 12, 13, 14, 15, 16, 17])
dropped = torch.tensor([False, False, True, True, False, False, True, False])
source, target = corrupt_spans(text, dropped, first_sentinel=99)
print(source.tolist())
#> [10, 11, 99, 14, 15, 98, 17, 1]
print(target.tolist())
#> [99, 12, 13, 98, 16, 97, 1]
