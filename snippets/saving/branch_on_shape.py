import torch
from torch import nn
from torch.export import Dim


class LongOrShort(nn.Module):
    def forward(self, x):
        return x * 2 if x.shape[0] > 10 else -x


model, rows = LongOrShort(), torch.ones(3, 2)
print(torch.export.export(model, (rows,)).module()(rows)[0])
#> tensor([-1., -1.])
try:
    torch.export.export(model, (rows,), dynamic_shapes={"x": {0: Dim("n")}})
except Exception as error:
    print(*[line.strip() for line in str(error).splitlines() if "Dim(" in line])
    #> n = Dim('n', max=10)
