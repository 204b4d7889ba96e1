import torch
from torch import nn

import reference_impl.modules as ours

found = []
for lib in (nn, ours):
    net = lib.Sequential(lib.Embedding(9, 4), lib.Linear(4, 4), lib.Linear(4, 9, bias=False))
    net[2].weight = net[0].weight
    net[1].register_buffer("mask", torch.ones(4), persistent=False)
    net[1].plain = torch.ones(4)
    names = [name for name, _ in net.named_parameters()]
    found.append((names, list(net.state_dict()), list(net[1]._buffers)))
print(found[0] == found[1], found[1][0])
#> True ['0.weight', '1.weight', '1.bias']
