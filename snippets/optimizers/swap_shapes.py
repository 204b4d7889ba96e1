import torch
from torch import nn

layer = nn.Linear(3, 2)
saved = torch.optim.Adam([layer.weight, layer.bias])
layer(torch.ones(1, 3)).sum().backward()
saved.step()

loaded = torch.optim.Adam([layer.bias, layer.weight])
loaded.load_state_dict(saved.state_dict())
print("loaded without a word")
#> loaded without a word
loaded.step()
#! RuntimeError: The size of tensor a (3) must match the size of tensor b (2)
