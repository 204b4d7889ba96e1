import torch
from torch import nn

torch.manual_seed(0)
first, second, x = nn.Linear(4, 3), nn.Linear(3, 2), torch.randn(5, 4)
expected = torch.autograd.grad(second(first(x)).square().sum(), [first.weight, second.weight])

activation = first(x)  # stage 0
received = activation.detach().requires_grad_()  # sent: 5 x 3 numbers, no graph
second(received).square().sum().backward()  # stage 1
gradient = received.grad  # sent back: 5 x 3 numbers
activation.backward(gradient)  # stage 0
print(gradient.shape == activation.shape)
#> True
print(torch.allclose(first.weight.grad, expected[0]))
#> True
print(torch.allclose(second.weight.grad, expected[1]))
#> True
