import torch
from torch import nn

from reference_impl.memory import SavedBytes

x = torch.randn(64, 64)
for relu in (nn.ReLU(), nn.ReLU(inplace=True), nn.GELU()):
    net = nn.Sequential(nn.Linear(64, 64), relu, nn.Linear(64, 64))
    with SavedBytes(net, x) as saved:
        y = net(x)
    print(relu, saved.nbytes, [s.op for s in saved.storages()])
#> ReLU() 16384 ['relu']
#> ReLU(inplace=True) 16384 ['relu']
#> GELU(approximate='none') 32768 ['gelu', 'linear']
