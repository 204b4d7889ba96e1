import torch
from torch import nn

model = nn.Linear(4, 1).half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
scaler.scale(model(torch.ones(2, 4).half()).sum()).backward()
scaler.step(optimizer)
#! ValueError: Attempting to unscale FP16 gradients.
