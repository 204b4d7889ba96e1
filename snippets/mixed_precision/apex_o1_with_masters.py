import torch
from torch import nn

from reference_impl.mixed_precision import MasterWeights

net = nn.Linear(8, 1)
masters = MasterWeights(net.parameters())
with torch.autocast("cpu", torch.float16):
    loss = net(torch.ones(2, 8)).float().sum()
loss.backward()
masters.take_gradients()
print(torch.equal(masters.copies[0], net.weight), masters.copies[0].dtype, net.weight.dtype)
#> True torch.float32 torch.float32
