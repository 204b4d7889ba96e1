import torch

from reference_impl.attention import scaled_dot_product

x = torch.ones(1, 1, 2, 8)
attention_mask = torch.tensor([[1, 0]])  # as a tokenizer returns it: int64
scaled_dot_product(x, x, x, mask=attention_mask)
#! TypeError: expected a boolean or floating mask, got torch.int64
