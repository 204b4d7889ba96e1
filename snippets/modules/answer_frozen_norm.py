import torch
from torch import nn


class FrozenNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self


torch.manual_seed(0)
net = nn.Sequential(FrozenNorm(), nn.Dropout(0.5)).train()
net[0].norm(torch.randn(8, 4) + 3)
print(net[1].training, net[0].norm.training, net[0].norm.running_mean.tolist())
#> True False [0.0, 0.0, 0.0, 0.0]
