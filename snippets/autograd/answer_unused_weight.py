import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(3, 3)
        self.forgotten = nn.Linear(3, 3)

    def forward(self, x):
        return self.used(x)


net = Net()
net(torch.randn(2, 3)).sum().backward()
print([name for name, p in net.named_parameters() if p.grad is None])
#> ['forgotten.weight', 'forgotten.bias']
