import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(4, 6, dtype=torch.float64)


def normalised(x, dim):
    mean = x.mean(dim, keepdim=True)
    var = (x - mean).square().mean(dim, keepdim=True)
    return (x - mean) / (var + 1e-5).sqrt()


def rms_normalised(x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()


print(torch.allclose(normalised(x, 0), nn.BatchNorm1d(6).double()(x)))
#> True
print(torch.allclose(normalised(x, -1), nn.LayerNorm(6).double()(x)))
#> True
print(torch.allclose(rms_normalised(x), nn.RMSNorm(6, eps=1e-5).double()(x)))
#> True
