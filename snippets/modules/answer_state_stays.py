import torch
from torch import nn

net = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
net(torch.ones(1, 2)).sum().backward()
optimizer.step()

net.double()
print(net.weight.dtype, net.weight.grad.dtype)
#> torch.float64 torch.float64
print(optimizer.state[net.weight]["momentum_buffer"].dtype)
#> torch.float32

optimizer.load_state_dict(optimizer.state_dict())
print(optimizer.state[net.weight]["momentum_buffer"].dtype)
#> torch.float64
