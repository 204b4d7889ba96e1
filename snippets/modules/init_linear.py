import math

import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(400, 300)
bound = 1 / math.sqrt(400)
print(bool((layer.weight.abs() <= bound).all()), bool((layer.bias.abs() <= bound).all()))
#> True True

torch.manual_seed(0)
weight = torch.empty(300, 400)
nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
print(torch.equal(weight, layer.weight))
#> True
print(f"{layer.weight.std() * math.sqrt(400):.2f}, 1/sqrt(3) is {1 / math.sqrt(3):.2f}")
#> 0.58, 1/sqrt(3) is 0.58
