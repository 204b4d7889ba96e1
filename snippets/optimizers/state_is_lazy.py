import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(3, 2)
optimizer = torch.optim.Adam(model.parameters())
print(len(optimizer.state))
#> 0

model.weight.sum().backward()  # the bias gets no gradient
optimizer.step()
for key, value in optimizer.state.items():
    print(key is model.weight, {name: tuple(t.shape) for name, t in value.items()})
#> True {'step': (), 'exp_avg': (2, 3), 'exp_avg_sq': (2, 3)}

print(optimizer.state_dict()["state"].keys(), optimizer.state_dict()["param_groups"][0]["params"])
#> dict_keys([0]) [0, 1]
