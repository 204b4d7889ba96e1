import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.AdamW(
    [
        {"params": model[0].parameters(), "lr": 1e-4},
        {"params": model[2].parameters(), "weight_decay": 0.0},
    ],
    lr=1e-2,
)
for group in optimizer.param_groups:
    print(len(group["params"]), group["lr"], group["weight_decay"])
#> 2 0.0001 0.01
#> 2 0.01 0.0
