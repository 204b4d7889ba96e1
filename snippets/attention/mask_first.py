import torch

from reference_impl.attention import causal_mask, combine, padding_mask

causal = causal_mask(4)  # True: may look
padding = padding_mask(torch.tensor([4, 2]), kv_len=4)  # two rows, the second has 2 tokens
both = combine(causal, padding)
print(causal.shape, padding.shape, both.shape)
#> torch.Size([4, 4]) torch.Size([2, 1, 1, 4]) torch.Size([2, 1, 4, 4])
print(both[1, 0].int())
#> tensor([[1, 0, 0, 0],
#>         [1, 1, 0, 0],
#>         [1, 1, 0, 0],
#>         [1, 1, 0, 0]], dtype=torch.int32)
