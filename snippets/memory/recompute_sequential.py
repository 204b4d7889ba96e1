import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

from reference_impl.attention.live_bytes import LiveBytes

layers = nn.Sequential(*(nn.Tanh() for _ in range(64)))  # each keeps one tensor
x = torch.randn(1000, requires_grad=True)
for segments in (1, 2, 4, 8, 16, 32, 64):
    with LiveBytes() as alive:
        checkpoint_sequential(layers, segments, x, use_reentrant=False).sum().backward()
    x.grad = None
    print(segments, "segments:", alive.peak // x.nbytes)
#> 1 segments: 65
#> 2 segments: 34
#> 4 segments: 20
#> 8 segments: 16
#> 16 segments: 20
#> 32 segments: 34
#> 64 segments: 65
