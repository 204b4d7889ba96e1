import torch
from torch import nn

from reference_impl.optimizers import Adam

layer = nn.Linear(3, 2)
saved = torch.optim.Adam([layer.weight, layer.bias])
layer(torch.ones(1, 3)).sum().backward()
saved.step()
Adam([layer.bias, layer.weight]).load_state_dict(saved.state_dict())
#! ValueError: the loaded exp_avg was expected to have its parameter's shape (2,), got (2, 3)
