import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(4, 1) * 3 + 7
norm = nn.BatchNorm1d(1, momentum=0.1)
with torch.no_grad():
    y = norm(x)

print(torch.allclose(norm.running_mean, 0.9 * 0 + 0.1 * x.mean()))
#> True
print(torch.allclose(norm.running_var, 0.9 * 1 + 0.1 * x.var(correction=1)))
#> True
print(torch.allclose(y, (x - x.mean()) / (x.var(correction=0) + norm.eps).sqrt()))
#> True
print(norm.num_batches_tracked)
#> tensor(1)
