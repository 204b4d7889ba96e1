from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))

print([name for name, _ in net.named_children()])
#> ['0', '1']
print([name for name, _ in net.named_modules()])
#> ['', '0', '1', '1.0', '1.1']
print([name for name, _ in net.named_parameters()])
#> ['0.weight', '0.bias', '1.1.weight', '1.1.bias']
print([name for name, _ in net.named_parameters(recurse=False)])
#> []
