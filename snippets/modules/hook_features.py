from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def features(net, *names):
    kept, handles = {}, []
    for name in names:

        def keep(module, args, output, name=name):
            kept[name] = output.detach()

        handles.append(net.get_submodule(name).register_forward_hook(keep))
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


torch.manual_seed(0)
net = nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.ReLU()), nn.Linear(8, 3))
x = torch.randn(5, 4)
with features(net, "0.0", "0") as kept:
    scores = net(x)
print({name: tuple(t.shape) for name, t in kept.items()})
#> {'0.0': (5, 8), '0': (5, 8)}
print(torch.equal(kept["0"], net[0](x)), torch.equal(net[1](kept["0"]), scores))
#> True True
print(len(net[0]._forward_hooks))
#> 0
