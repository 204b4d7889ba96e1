import copy

import torch
from torch import nn

from reference_impl.memory import OffloadedOptimizer


def train(net, optimizer, steps):
    for seed in steps:
        x = torch.randn(16, 32, generator=torch.Generator().manual_seed(seed)).bfloat16()
        net(x).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()


torch.manual_seed(0)
net = nn.Linear(32, 8).bfloat16()
optimizer = OffloadedOptimizer(net.parameters(), torch.optim.AdamW, lr=1e-3)
train(net, optimizer, range(20))
saved = copy.deepcopy((net.state_dict(), optimizer.state_dict()))
train(net, optimizer, range(20, 40))

for keep in (True, False):
    if not keep:
        for state in saved[1]["state"].values():
            del state["master"]  # as if it were no part of a checkpoint
    again = nn.Linear(32, 8).bfloat16()
    resumed = OffloadedOptimizer(again.parameters(), torch.optim.AdamW, lr=1e-3)
    again.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    train(again, resumed, range(20, 40))
    print("with masters" if keep else "without", torch.equal(again.weight, net.weight))
#> with masters True
#> without False
