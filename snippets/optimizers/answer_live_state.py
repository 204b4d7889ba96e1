import copy

import torch

w = torch.zeros(1, requires_grad=True)
w.grad = torch.ones(1)
optimizer = torch.optim.Adam([w])
optimizer.step()
live = optimizer.state_dict()
kept = copy.deepcopy(optimizer.state_dict())
optimizer.step()
optimizer.param_groups[0]["lr"] = 0.5
print(live["state"][0]["step"], kept["state"][0]["step"], live["param_groups"][0]["lr"])
#> tensor(2.) tensor(1.) 0.001
