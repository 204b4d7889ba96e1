import torch

from reference_impl.attention import scaled_dot_product

keys = torch.eye(4)[None, None]
values = torch.tensor([[[[7.0], [8.0], [9.0], [10.0]]]])
query = keys[:, :, [2]]
for scale in (1.0, 5.0, 50.0):
    print(f"{scaled_dot_product(query, keys, values, scale=scale).item():.4f}")
#> 8.6502
#> 8.9868
#> 9.0000
