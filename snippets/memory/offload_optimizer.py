import copy

import torch
from torch import nn

from reference_impl.memory import OffloadedOptimizer

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 1))
twin = copy.deepcopy(net)
plain = torch.optim.AdamW(net.parameters(), lr=0.01, fused=True)
offloaded = OffloadedOptimizer(twin.parameters(), torch.optim.AdamW, lr=0.01, fused=True)
for _ in range(50):
    x = torch.randn(16, 32)
    for model, optimizer in ((net, plain), (twin, offloaded)):
        model(x).square().mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
print(all(torch.equal(a, b) for a, b in zip(net.parameters(), twin.parameters(), strict=True)))
#> True
size = sum(p.nbytes for p in twin.parameters())
print(size, offloaded.moved_out // 50, offloaded.moved_back // 50)
#> 8708 8708 8708
print(len(offloaded.state), len(offloaded.inner.state))
#> 0 4
