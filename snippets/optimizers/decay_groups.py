import torch
from torch import nn

model = nn.Sequential(
    nn.Embedding(50, 16), nn.LayerNorm(16), nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 50)
)
named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(
    [
        {"params": [(n, p) for n, p in named if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [(n, p) for n, p in named if p.dim() < 2], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
for group in optimizer.param_groups:
    print(group["weight_decay"], group["param_names"])
#> 0.1 ['0.weight', '2.weight', '4.weight']
#> 0.0 ['1.weight', '1.bias', '2.bias', '4.bias']
