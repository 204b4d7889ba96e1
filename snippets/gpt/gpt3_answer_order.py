import torch

from reference_impl.gpt import Attention, GPTConfig

torch.manual_seed(0)
config = GPTConfig(vocab=9, context=12, dim=8, layers=1, heads=2)
for bands in ([None, 3], [3, None]):  # dense first, or banded first
    x = torch.randn(1, 12, 8, dtype=torch.float64, requires_grad=True)
    y = x
    for band in bands:
        y = y + Attention(config, band).double()(y)
    (reached,) = torch.autograd.grad(y[0, -1].sum(), x)
    print(bands, int((reached[0].abs().sum(-1) > 0).sum()))
#> [None, 3] 12
#> [3, None] 12
