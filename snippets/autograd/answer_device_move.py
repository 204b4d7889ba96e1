import torch
from torch import nn

moved = torch.randn(3, requires_grad=True).to(torch.float64)
print(moved.is_leaf)
#> False
try:
    torch.optim.SGD([moved], lr=0.1)
except ValueError as error:
    print(error)
    #> can't optimize a non-leaf Tensor

right = torch.randn(3).to(torch.float64).requires_grad_()
print(right.is_leaf, nn.Linear(3, 1).to(torch.float64).weight.is_leaf)
#> True True
