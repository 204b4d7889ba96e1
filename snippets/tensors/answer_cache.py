import torch

cache = torch.zeros(2, 1024, 64)  # heads, positions, features
new = torch.ones(2, 3, 64)
cache[:, :3] = new  # written in place
filled = cache[:, :3]  # read as a view
print(filled.data_ptr() == cache.data_ptr(), filled.stride())
#> True (65536, 64, 1)

grown = torch.cat([filled, torch.ones(2, 1, 64)], dim=1)
print(grown.data_ptr() == cache.data_ptr(), grown.stride())
#> False (256, 64, 1)
