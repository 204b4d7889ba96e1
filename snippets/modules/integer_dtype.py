import torch
from torch import nn

nn.Linear(2, 2).to(torch.int64)
#! TypeError: nn.Module.to only accepts floating point or complex dtypes
