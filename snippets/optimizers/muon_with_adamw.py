import torch
from torch import nn

model = nn.Sequential(
    nn.Embedding(50, 16), nn.Linear(16, 64), nn.GELU(), nn.Linear(64, 16), nn.Linear(16, 50)
)
hidden = [model[1].weight, model[3].weight]
others = [p for p in model.parameters() if not any(p is h for h in hidden)]
muon = torch.optim.Muon(hidden, lr=0.02)
adamw = torch.optim.AdamW(others, lr=1e-3)
print(len(hidden), len(others))
#> 2 5

torch.optim.Muon(model.parameters())
#! ValueError: Muon only supports 2D parameters whereas we found a parameter with size:
