import torch

from reference_impl.t5 import to_sentinels

text, dropped = torch.tensor([10, 11, 12, 13]), torch.tensor([True, False, False, True])
print(to_sentinels(text, dropped, 99).tolist(), to_sentinels(text, ~dropped, 99).tolist())
#> [99, 11, 12, 98] [10, 99, 13]
