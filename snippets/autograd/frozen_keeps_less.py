import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

torch.manual_seed(0)
x = torch.randn(64, 100)


def tensors_kept(layer, needs_input_grad):
    kept = []
    inputs = x.clone().requires_grad_(needs_input_grad)
    with saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        layer(inputs)
    return sorted(tuple(t.shape) for t in kept)


trained = nn.Linear(100, 10)
frozen = nn.Linear(100, 10).requires_grad_(False)
print("trained, input needs grad:", tensors_kept(trained, True))
#> trained, input needs grad: [(64, 100), (100, 10)]
print("trained, input is data:   ", tensors_kept(trained, False))
#> trained, input is data:    [(64, 100)]
print("frozen, input needs grad: ", tensors_kept(frozen, True))
#> frozen, input needs grad:  [(100, 10)]
print("frozen, input is data:    ", tensors_kept(frozen, False))
#> frozen, input is data:     []
