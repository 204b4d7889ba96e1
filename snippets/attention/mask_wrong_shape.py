import torch

from reference_impl.attention import scaled_dot_product

x = torch.randn(2, 1, 4, 8, generator=torch.Generator().manual_seed(0))
real = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()
scaled_dot_product(x, x, x, mask=real)
#! ValueError: expected a mask that broadcasts to (batch, heads, q_len, kv_len)=(2, 1, 4, 4), got
