import torch
from torch import nn

body, head = nn.Linear(4, 8), nn.Linear(8, 2)
optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3)
optimizer.add_param_group({"params": body.parameters(), "lr": 1e-5})
print([group["lr"] for group in optimizer.param_groups])
#> [0.001, 1e-05]

try:
    optimizer.add_param_group({"params": [head.bias]})
except ValueError as error:
    print(error)
    #> some parameters appear in more than one parameter group
