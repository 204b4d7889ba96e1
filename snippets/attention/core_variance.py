import torch

torch.manual_seed(0)
for head_dim in (16, 64, 256):
    q, k = torch.randn(2, 4000, head_dim)
    scores = q @ k.T
    print(head_dim, round(scores.std().item()), round(scores.std().item() / head_dim**0.5, 1))
#> 16 4 1.0
#> 64 8 1.0
#> 256 16 1.0
