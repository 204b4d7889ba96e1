import torch


def centred(x):
    flat = x.reshape(-1)
    flat -= flat.mean()  # meant for a private copy
    return flat


x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
centred(x.t())
print(x)
#> tensor([[1., 2.],
#>         [3., 4.]])
centred(x)
print(x)
#> tensor([[-1.5000, -0.5000],
#>         [ 0.5000,  1.5000]])
