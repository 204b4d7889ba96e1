# run: python
import torch
from torch import nn


class Signed(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        return -x


torch.export.export(Signed(), (torch.ones(3),))
#! GuardOnDataDependentSymNode: Could not guard on data-dependent expression
