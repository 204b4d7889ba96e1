import torch
from torch import nn

torch.manual_seed(0)
norm = nn.BatchNorm1d(3)
print([name for name, _ in norm.named_parameters()])
#> ['weight', 'bias']
print([name for name, _ in norm.named_buffers()])
#> ['running_mean', 'running_var', 'num_batches_tracked']

x = torch.randn(8, 3) + 5
norm(x)
print(norm.weight.tolist(), [round(m, 1) for m in norm.running_mean.tolist()])
#> [1.0, 1.0, 1.0] [0.5, 0.5, 0.5]
