import torch
from torch import nn

torch.manual_seed(0)
layer, norm = nn.Linear(4, 3).double(), nn.BatchNorm1d(3).double()
for _ in range(10):
    norm(layer(torch.randn(16, 4).double()))
norm.eval()

scale = norm.weight / (norm.running_var + norm.eps).sqrt()
folded = nn.Linear(4, 3).double()
with torch.no_grad():
    folded.weight.copy_(layer.weight * scale[:, None])
    folded.bias.copy_((layer.bias - norm.running_mean) * scale + norm.bias)
x = torch.randn(5, 4).double()
print(torch.allclose(folded(x), norm(layer(x))))
#> True
