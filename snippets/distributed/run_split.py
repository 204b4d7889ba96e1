import torch
from torch import nn

torch.manual_seed(0)
stage = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
x, given = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4)
weights = list(stage.parameters())

out = stage(x)
gradient = torch.autograd.grad(out, x, given, retain_graph=True)  # B: can be sent on
later = torch.autograd.grad(out, weights, given)  # W: whenever there is time

expected = torch.autograd.grad(stage(x), [x, *weights], given)
print([torch.allclose(a, b) for a, b in zip((*gradient, *later), expected, strict=True)])
#> [True, True, True, True, True]
