import torch
from torch import nn

from reference_impl.saving import load_matching

torch.manual_seed(0)
old = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 5))
state = torch.compile(old, backend="eager").state_dict()  # as DistributedDataParallel's: a prefix
print(list(state))
#> ['_orig_mod.0.weight', '_orig_mod.0.bias', '_orig_mod.1.weight', '_orig_mod.1.bias']

net = nn.ModuleDict({"body": nn.Linear(2, 2), "head": nn.Linear(2, 3)})
rules = [(r"\b0\.", "body."), (r"\b1\.", "head.")]
print(load_matching(net, state, rename=rules, strict=False))
#> loaded 2 of 4
#> mismatched: head.weight: expected float32 of shape (3, 2) on cpu, got float32 of shape (5, 2) on cpu
#> mismatched: head.bias: expected float32 of shape (3,) on cpu, got float32 of shape (5,) on cpu
#> renamed: _orig_mod.0.weight to body.weight
#> renamed: _orig_mod.0.bias to body.bias
#> renamed: _orig_mod.1.weight to head.weight
#> renamed: _orig_mod.1.bias to head.bias
print(torch.equal(net["body"].weight, old[0].weight))
#> True
