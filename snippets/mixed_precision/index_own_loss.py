import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1000, 64)
layer = nn.Linear(64, 64)
with torch.autocast("cpu", torch.bfloat16):
    out = layer(x)
    by_hand = ((out - out.mean()) ** 2).mean()
    listed = nn.functional.mse_loss(out, out.mean().expand_as(out))
outside = ((out.float() - out.float().mean()) ** 2).mean()
print(by_hand.dtype, f"{by_hand:.5f}")
#> torch.bfloat16 0.33398
print(listed.dtype, f"{listed:.5f}")
#> torch.float32 0.33305
print(outside.dtype, f"{outside:.5f}")
#> torch.float32 0.33305
