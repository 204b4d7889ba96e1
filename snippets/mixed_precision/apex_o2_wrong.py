import torch
from torch import nn

net = nn.Linear(8, 1).half()
with torch.autocast("cpu", torch.float16):
    loss = net(torch.ones(2, 8)).float().sum()
scaler = torch.amp.GradScaler("cpu")
scaler.scale(loss).backward()
scaler.step(torch.optim.SGD(net.parameters(), lr=0.1))
#! ValueError: Attempting to unscale FP16 gradients.
