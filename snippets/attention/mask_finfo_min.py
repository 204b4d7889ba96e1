import torch
from torch.nn.functional import scaled_dot_product_attention

x = torch.tensor([[[[1.0, 0.0], [0.0, 2.0]]]])
lowest = torch.finfo(torch.float32).min
added = torch.tensor([[0.0, lowest], [lowest, lowest]])
print(scaled_dot_product_attention(x, x, x, attn_mask=added))
#> tensor([[[[1.0000, 0.0000],
#>           [0.5000, 1.0000]]]])
