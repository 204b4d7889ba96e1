import torch
from torch import nn


def once(module, hook):
    def run(module, args, output):
        handle.remove()
        return hook(module, args, output)

    handle = module.register_forward_hook(run)


layer = nn.Linear(2, 2)
once(layer, lambda module, args, output: print("first call"))
for _ in range(3):
    layer(torch.ones(1, 2))
#> first call
print(len(layer._forward_hooks))
#> 0
