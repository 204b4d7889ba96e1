import torch

from reference_impl.attention import causal_mask, combine

real = torch.tensor([[False, False, True, True]])  # filler on the left
mask = combine(causal_mask(4), real[:, None, None, :])
print(mask.any(-1).flatten().tolist())  # which rows may see something
#> [False, False, True, True]
