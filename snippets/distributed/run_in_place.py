import torch
from torch import nn

stage, x = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3)), torch.randn(4, 3)
loss = stage(x).square().sum()
with torch.no_grad():
    stage[2].weight -= 0.1
loss.backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation
