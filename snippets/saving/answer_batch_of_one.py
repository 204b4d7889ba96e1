import torch
from torch import nn
from torch.export import Dim

model, sizes = nn.Linear(4, 3), ({0: Dim("batch")},)
run = torch.export.export(model, (torch.ones(2, 4),), dynamic_shapes=sizes).module()
print(run(torch.ones(1, 4)).shape)
#> torch.Size([1, 3])
torch.export.export(model, (torch.ones(1, 4),), dynamic_shapes=sizes)
#! UserError: Constraints violated (batch)!
