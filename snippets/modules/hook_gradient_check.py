import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))


def guard(name, limit):
    def check(grad):
        if not grad.isfinite().all():
            raise FloatingPointError(f"gradient of {name} is not finite")
        norm = grad.norm()
        return grad * (limit / norm) if norm > limit else None

    return check


for name, p in net.named_parameters():
    p.register_hook(guard(name, limit=1.0))

x = torch.randn(8, 3)
(net(x) * 100).sum().backward()
print([f"{p.grad.norm():.2f}" for p in net.parameters()])
#> ['1.00', '1.00', '1.00', '1.00']
(net(x) / 0).sum().backward()
#! FloatingPointError: gradient of 2.bias is not finite
