import torch


def sinusoidal(position, width=16):
    """Vaswani et al., section 3.5: pairs of sine and cosine of falling frequency."""
    frequency = 10000 ** (-torch.arange(0, width, 2) / width)
    angle = torch.as_tensor(position)[..., None] * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)


for position in (3, 511, 512, 1_000_000):
    vector = sinusoidal(position)
    print(position, vector.shape, f"{vector.norm():.4f}")
#> 3 torch.Size([16]) 2.8284
#> 511 torch.Size([16]) 2.8284
#> 512 torch.Size([16]) 2.8284
#> 1000000 torch.Size([16]) 2.8284
