import torch
from torch import nn
from torch.nn.utils import parametrizations

layer = parametrizations.weight_norm(nn.Linear(3, 2))
print([name for name, _ in layer.named_parameters()])
#> ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
print(type(layer.weight).__name__, "weight" in layer._parameters)
#> Tensor False

length = layer.parametrizations.weight.original0
with torch.no_grad():
    length *= 2
print(torch.allclose(layer.weight.norm(dim=1), length.flatten()))
#> True
