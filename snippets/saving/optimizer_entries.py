import torch
from torch import nn

net = nn.Linear(2, 1)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
print(optimizer.state_dict()["state"])
#> {}

net(torch.ones(1, 2)).sum().backward()
optimizer.step()
state = optimizer.state_dict()
print({key: list(held) for key, held in state["state"].items()})
#> {0: ['step', 'exp_avg', 'exp_avg_sq'], 1: ['step', 'exp_avg', 'exp_avg_sq']}
print({key: state["param_groups"][0][key] for key in ("lr", "weight_decay", "params")})
#> {'lr': 0.1, 'weight_decay': 0.01, 'params': [0, 1]}
print(state["state"][0]["step"])
#> tensor(1.)
