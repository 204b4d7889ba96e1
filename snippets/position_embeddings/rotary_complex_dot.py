import torch

q, k = torch.tensor([3.0, 1.0]), torch.tensor([2.0, -4.0])
z, w = torch.view_as_complex(q), torch.view_as_complex(k)
print(q @ k)
#> tensor(2.)
print((z * w.conj()).real)
#> tensor(2.)
