import torch

torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
x = torch.randn(1, 5, 8)
order = torch.tensor([3, 0, 4, 1, 2])
out, _ = layer(x, x, x)
shuffled, _ = layer(x[:, order], x[:, order], x[:, order])
print(torch.allclose(shuffled, out[:, order], atol=1e-6))
#> True
