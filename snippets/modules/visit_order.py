import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.tensor(0))
        self.inner = nn.Linear(2, 2)


net = nn.Sequential(Block(), nn.Linear(2, 1, bias=False))
name = {id(t): n for n, t in [*net.named_parameters(), *net.named_buffers()]}
visited = []
net._apply(lambda tensor: visited.append(name[id(tensor)]) or tensor)
print(visited)
#> ['0.inner.weight', '0.inner.bias', '0.gain', '0.count', '1.weight']
print(list(net.state_dict()))
#> ['0.gain', '0.count', '0.inner.weight', '0.inner.bias', '1.weight']
