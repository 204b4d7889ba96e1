import torch

by_head = torch.zeros(2, 4, 100, 16)  # batch, heads, time, head_dim
by_time = torch.zeros(2, 100, 4, 16).transpose(1, 2)  # batch, time, heads, head_dim
print(by_head.shape == by_time.shape, by_head.stride(), by_time.stride())
#> True (6400, 1600, 16, 1) (6400, 16, 64, 1)

for cache in (by_head, by_time):
    one_head = cache[0, 1, :30]  # what one head reads: its first 30 tokens
    one_token = cache[0, :, 30]  # what one step writes: all heads of a token
    print(one_head.is_contiguous(), one_token.is_contiguous())
#> True False
#> False True
