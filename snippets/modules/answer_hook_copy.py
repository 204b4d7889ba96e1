import copy

import torch
from torch import nn

calls = []
layer = nn.Linear(2, 2)
layer.register_forward_hook(lambda *_: calls.append("module"))
layer.weight.register_hook(lambda grad: calls.append("tensor"))

twin = copy.deepcopy(layer)
twin(torch.ones(1, 2)).sum().backward()
print(calls)
#> ['module']
print("weight" in layer.state_dict(), any("hook" in key for key in layer.state_dict()))
#> True False
