import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
print(type(optimizer.defaults), type(optimizer.param_groups), type(optimizer.state))
#> <class 'dict'> <class 'list'> <class 'collections.defaultdict'>

group = optimizer.param_groups[0]
print(group["params"][0] is model.weight)
#> True
print(sorted(key for key in group if key not in optimizer.defaults))
#> ['params']

group["lr"] = 0.05  # what step() reads
print(optimizer.defaults["lr"])
#> 0.1
