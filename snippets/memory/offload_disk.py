from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

torch.manual_seed(0)
net, x = nn.Sequential(nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1)), torch.randn(32, 64)
net(x).sum().backward()
plain = net[0].weight.grad.clone()

net.zero_grad()
with TemporaryDirectory() as folder:
    files = (Path(folder) / f"{number}.pt" for number in range(1000))

    def pack(tensor):
        path = next(files)
        torch.save(tensor.detach().clone(), path)  # a view would write all of its storage
        return path

    with saved_tensors_hooks(pack, torch.load):
        y = net(x).sum()
    print(len(list(Path(folder).iterdir())), "files")
    #> 4 files
    y.backward()
print(torch.equal(net[0].weight.grad, plain))
#> True
