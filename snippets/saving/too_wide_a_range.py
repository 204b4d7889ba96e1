import torch
from torch import nn
from torch.export import Dim


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(16, 8))

    def forward(self, x):
        return x + self.table[: x.shape[1]]


model, x = Positions(), torch.ones(2, 5, 8)
try:
    torch.export.export(model, (x,), dynamic_shapes={"x": {1: Dim("length")}})
except Exception as error:
    print(*[line.strip() for line in str(error).splitlines() if "Dim(" in line])
    #> length = Dim('length', max=16)

length = Dim("length", max=16)
run = torch.export.export(model, (x,), dynamic_shapes={"x": {1: length}}).module()
print(run(torch.ones(2, 16, 8)).shape)
#> torch.Size([2, 16, 8])
run(torch.ones(2, 17, 8))
#! AssertionError: Guard failed: x.size()[1] <= 16
