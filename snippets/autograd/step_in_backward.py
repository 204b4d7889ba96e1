import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(*[nn.Linear(50, 50) for _ in range(8)])
optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in net.parameters()}
most = 0


def step_now(p):
    global most
    most = max(most, sum(q.grad is not None for q in net.parameters()))
    optimizers[p].step()
    p.grad = None


params = list(net.parameters())
before = [p.detach().clone() for p in params]
for p in params:
    p.register_post_accumulate_grad_hook(step_now)
net(torch.randn(4, 50)).sum().backward()

print(len(params), most)
#> 16 1
print(sum(not torch.equal(p, old) for p, old in zip(params, before)))
#> 16
