# requires: transformers
import torch
from transformers.pytorch_utils import Conv1D

theirs = Conv1D(24, 8)  # outputs first, then inputs
print(theirs.weight.shape, torch.nn.Linear(8, 24).weight.shape)
#> torch.Size([8, 24]) torch.Size([24, 8])
x = torch.randn(2, 8)
print(torch.allclose(theirs(x), torch.nn.functional.linear(x, theirs.weight.T, theirs.bias)))
#> True
