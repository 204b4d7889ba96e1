import torch
from torch import nn

from reference_impl.saving import load_matching

net = nn.Linear(2, 3).double()
before = net.bias.clone()
try:
    load_matching(net, {"weight": torch.ones(2, 3), "bias": torch.zeros(3), "scale": torch.ones(1)})
except ValueError as error:
    print(error)
    #> Linear: the state does not fit: loaded 1 of 2
    #> unexpected: scale
    #> mismatched: weight: expected float64 of shape (3, 2) on cpu, got float32 of shape (2, 3) on cpu
    #> cast: bias: float32 to float64
print(torch.equal(net.bias, before))
#> True
