import torch
from torch import nn

from reference_impl.saving import pickle_globals


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        print("__init__ runs")
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x)


torch.save(Net(), "net.pt")
#> __init__ runs
print([name for name in pickle_globals("net.pt") if "Net" in name or "Linear" in name])
#> ['__main__.Net', 'torch.nn.modules.linear.Linear']
net = torch.load("net.pt", weights_only=False)
print(net.training, net.layer.weight.shape)
#> True torch.Size([1, 2])
