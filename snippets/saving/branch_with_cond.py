import torch
from torch import nn


class Signed(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: -x, (x,))


class SignedByWhere(nn.Module):
    def forward(self, x):
        return torch.where(x.sum() > 0, x * 2, -x)


for model in (Signed(), SignedByWhere()):
    exported = torch.export.export(model, (torch.ones(3),))
    run = exported.module()
    print(run(torch.ones(3)), run(-torch.ones(3)))
    print([node.name for node in exported.graph.nodes if node.op == "call_function"])
#> tensor([2., 2., 2.]) tensor([1., 1., 1.])
#> ['sum_1', 'gt', 'cond', 'getitem']
#> tensor([2., 2., 2.]) tensor([1., 1., 1.])
#> ['sum_1', 'gt', 'mul', 'neg', 'where']
