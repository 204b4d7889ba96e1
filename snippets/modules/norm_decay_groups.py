import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))

decay = [p for p in net.parameters() if p.dim() >= 2]
keep = [p for p in net.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": keep, "weight_decay": 0.0}], lr=1e-3
)
names = {p: name for name, p in net.named_parameters()}
for group in optimizer.param_groups:
    print(group["weight_decay"], [names[p] for p in group["params"]])
#> 0.1 ['0.weight', '3.weight']
#> 0.0 ['0.bias', '1.weight', '1.bias', '3.bias']
