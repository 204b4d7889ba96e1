import torch
from torch import nn

layer = nn.Linear(2, 2)
try:
    layer.register_buffer("forward", torch.ones(1))
except KeyError as error:
    print(error)
    #> "attribute 'forward' already exists"

layer.weight = torch.zeros(2, 2)
#! TypeError: cannot assign 'torch.FloatTensor' as parameter 'weight'
