import torch

from reference_impl.attention import attention_weights, scaled_dot_product

keys = torch.eye(3)[None, None]  # batch, heads, 3 keys of width 3
values = torch.tensor([[[[10.0], [20.0], [30.0]]]])
query = torch.tensor([[[[0.0, 6.0, 0.0]]]])  # asks for what stands at the second key
print(attention_weights(query, keys))
#> tensor([[[[0.0295, 0.9411, 0.0295]]]])
print(scaled_dot_product(query, keys, values))
#> tensor([[[[20.]]]])
