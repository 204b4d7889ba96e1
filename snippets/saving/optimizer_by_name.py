import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)

model = nn.Linear(3, 2)
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(1, 3)).sum().backward()
optimizer.step()

print(list(optimizer.state_dict()["state"]))
#> [0, 1]
by_name = get_optimizer_state_dict(model, optimizer)
print(list(by_name["state"]), by_name["param_groups"][0]["params"])
#> ['weight', 'bias'] ['weight', 'bias']

fresh = torch.optim.Adam(model.parameters())
set_optimizer_state_dict(model, fresh, by_name)
print(torch.equal(fresh.state[model.bias]["exp_avg"], torch.full((2,), 0.1)))
#> True
