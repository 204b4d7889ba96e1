from collections import Counter

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
loss = net(torch.randn(16, 4)).mean()

seen, todo = set(), [loss.grad_fn]
while todo:
    node = todo.pop()
    if node is not None and node not in seen:
        seen.add(node)
        todo += [parent for parent, _ in node.next_functions]

print(len(seen))
#> 10
for name, count in sorted(Counter(node.name() for node in seen).items()):
    print(name, count)
#> AddmmBackward0 2
#> MeanBackward0 1
#> ReluBackward0 1
#> TBackward0 2
#> torch::autograd::AccumulateGrad 4
