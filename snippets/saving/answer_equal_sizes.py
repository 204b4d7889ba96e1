import torch
from torch import nn
from torch.export import Dim


class Add(nn.Module):
    def forward(self, x, y):
        return x + y


pair = torch.ones(3, 2), torch.ones(3, 2)
n = Dim("n")
run = torch.export.export(Add(), pair, dynamic_shapes={"x": {0: n}, "y": {0: n}}).module()
print(run(torch.ones(5, 2), torch.ones(5, 2)).shape)
#> torch.Size([5, 2])
torch.export.export(Add(), pair, dynamic_shapes={"x": {0: n}, "y": {0: Dim("m")}})
#! UserError: Constraints violated (m)!
