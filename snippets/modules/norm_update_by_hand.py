import torch
from torch import nn

torch.manual_seed(0)
norm = nn.LayerNorm(3)
optimizer = torch.optim.SGD(norm.parameters(), lr=0.1)
x, slope = torch.randn(5, 3), torch.randn(5, 3)

(norm(x) * slope).sum().backward()
standard = nn.functional.layer_norm(x, (3,))
print(torch.allclose(norm.weight.grad, (slope * standard).sum(0)))
#> True
print(torch.allclose(norm.bias.grad, slope.sum(0)))
#> True

expected = 1 - 0.1 * norm.weight.grad
print(norm.weight.tolist())
#> [1.0, 1.0, 1.0]
optimizer.step()
print(torch.allclose(norm.weight, expected))
#> True
