import torch

batch, length, heads, width = 2, 5, 3, 4
x = torch.arange(batch * length * heads * width).view(batch, length, heads * width)

split = x.view(batch, length, heads, width).transpose(1, 2)
print(tuple(split.shape), split.data_ptr() == x.data_ptr())
#> (2, 3, 5, 4) True

merged = split.transpose(1, 2).reshape(batch, length, heads * width)
print(tuple(merged.shape), merged.data_ptr() == x.data_ptr())
#> (2, 5, 12) True

result = split.contiguous()  # as (scores @ values) returns it
merged = result.transpose(1, 2).reshape(batch, length, heads * width)
print(merged.data_ptr() == result.data_ptr())
#> False
