import gc
import weakref

import torch
from torch import nn


def look(net, tidy):
    kept = []
    handle = net.register_forward_hook(lambda module, args, output: kept.append(output))
    net(torch.ones(2, 4))
    if tidy:
        handle.remove()
    return weakref.ref(kept[0])


for tidy in (False, True):
    net = nn.Linear(4, 4)
    outputs = [look(net, tidy) for _ in range(5)]
    gc.collect()
    print(len(net._forward_hooks), sum(output() is not None for output in outputs))
#> 5 5
#> 0 0
