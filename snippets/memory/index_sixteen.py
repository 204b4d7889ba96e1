import torch
from torch import nn

from reference_impl.memory import model_states

weights = [nn.Parameter(torch.ones(1000, 1000, dtype=torch.bfloat16))]
master = [nn.Parameter(weight.detach().float()) for weight in weights]
optimizer = torch.optim.AdamW(master)
for weight, copy in zip(weights, master, strict=True):
    weight.grad = torch.ones_like(weight)
    copy.grad = weight.grad.float()
optimizer.step()
for copy in master:
    copy.grad = None  # a cast for the step alone

state = [value for entries in optimizer.state.values() for value in entries.values()]
for name, tensors in [
    ("weights", weights),
    ("gradients", [weight.grad for weight in weights]),
    ("master", master),
    ("optimizer", state),
]:
    print(name, sum(t.numel() * t.element_size() for t in tensors))
#> weights 2000000
#> gradients 2000000
#> master 4000000
#> optimizer 8000004
for precision in ("float32", "autocast", "master", "bfloat16"):
    print(precision, model_states([1_000_000], precision).states)
#> float32 16000004
#> autocast 16000004
#> master 16000004
#> bfloat16 8000004
