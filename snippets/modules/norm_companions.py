import torch
from torch import nn

torch.manual_seed(0)
row = torch.randn(1, 4)
batches = [torch.cat([row, torch.randn(3, 4)]) for _ in range(2)]


def same(norm):
    one, other = (norm(batch)[0] for batch in batches)
    return torch.equal(one, other)


batch_norm = nn.BatchNorm1d(4)
print(same(batch_norm), same(batch_norm.eval()), same(nn.LayerNorm(4)))
#> False True True
