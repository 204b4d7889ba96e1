# run: python
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
compiled = torch.compile(net, backend="eager")
x = torch.ones(1, 2)
compiled(x)

handle = net[0].register_forward_hook(lambda module, args, output: output * 0 + 7)
print("eager:", net(x).tolist())
print("hook added, compiled net agrees:", torch.equal(compiled(x), net(x)))
torch.compiler.reset()
print("after reset:", torch.equal(compiled(x), net(x)))
handle.remove()
print("hook removed:", torch.equal(compiled(x), net(x)))
#> eager: [[7.0, 7.0]]
#> hook added, compiled net agrees: False
#> after reset: True
#> hook removed: True
