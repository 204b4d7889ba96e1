import torch
from torch import nn

from reference_impl.mixed_precision import Casts

layer, x = nn.Linear(64, 64), torch.randn(8, 64)
for cache in (True, False):
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=cache), Casts() as casts:
        out = x.bfloat16()
        for _ in range(10):  # one layer, ten times
            out = layer(out)
    with Casts() as back:
        out.sum().backward()
    one = nn.Linear(1, 1)
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=cache):
        total = sum(one(torch.ones(1, 1)).float() for _ in range(1000))
    total.backward()  # 1,000 gradients of 1
    print(f"cache {cache}: {len(casts.to) - 1} casts forward, {len(back.to)} backward,", end=" ")
    print(f"a gradient of {one.weight.grad.item():.0f}")
#> cache True: 2 casts forward, 2 backward, a gradient of 256
#> cache False: 20 casts forward, 20 backward, a gradient of 1000
