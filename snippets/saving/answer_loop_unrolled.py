import torch
from torch import nn


class Repeat(nn.Module):
    times = 3

    def forward(self, x):
        for _ in range(self.times):
            x = torch.sin(x)
        return x


model = Repeat()
exported = torch.export.export(model, (torch.ones(2),))
print([node.name for node in exported.graph.nodes if node.op == "call_function"])
#> ['sin', 'sin_1', 'sin_2']
model.times = 5
x = torch.ones(2)
print(torch.equal(exported.module()(x), x.sin().sin().sin()))
#> True
