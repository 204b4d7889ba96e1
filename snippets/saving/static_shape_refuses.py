import torch
from torch import nn

exported = torch.export.export(nn.Linear(4, 3), (torch.ones(2, 4),))
run = exported.module()
print(run(torch.ones(2, 4)).shape)
#> torch.Size([2, 3])
run(torch.ones(7, 4))
#! AssertionError: Guard failed: input.size()[0] == 2
