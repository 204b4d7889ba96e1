import torch

x = torch.zeros(6)
row = x.view(2, 3)[1]
copy = x.clone()
alias = x.detach()

row.add_(1)
copy.add_(1)
alias.add_(1)
print(x._version, row._version, copy._version, alias._version)
#> 2 2 1 2
x.data.add_(1)
print(x._version)
#> 2
print(x)
#> tensor([2., 2., 2., 3., 3., 3.])
