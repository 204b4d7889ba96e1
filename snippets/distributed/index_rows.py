import torch
from torch import nn

torch.manual_seed(0)
model, x = (
    nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 1)).double(),
    torch.randn(6, 4).double(),
)
weights = list(model.parameters())
whole = torch.autograd.grad(model(x).sum(), weights)
parts = [torch.autograd.grad(model(rows).sum(), weights) for rows in x.chunk(3)]
print(all(torch.allclose(sum(split), g) for g, *split in zip(whole, *parts)))
#> True
