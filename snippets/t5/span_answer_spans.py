import torch

from reference_impl.t5 import span_mask

generator = torch.Generator().manual_seed(0)
longest = 0
for _ in range(1000):
    mask = span_mask(100, generator=generator).int()  # 15 dropped in 5 spans
    runs = "".join(map(str, mask.tolist())).split("0")
    longest = max(longest, max(map(len, runs)))
print(longest)
#> 11
