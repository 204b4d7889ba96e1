import torch

from reference_impl.attention import padding_mask, scaled_dot_product

torch.manual_seed(0)
x = torch.randn(1, 1, 3, 8)
filler = torch.full((1, 1, 2, 8), 100.0)
padded = torch.cat([x, filler], dim=2)
mask = padding_mask(torch.tensor([3]), kv_len=5)

alone = scaled_dot_product(x, x, x)
out = scaled_dot_product(padded, padded, padded, mask)
print(torch.allclose(out[:, :, :3], alone, atol=1e-6))
#> True
print(out[0, 0, 3:].abs().max() > 0)  # the filler asks too, and gets an answer
#> tensor(True)
