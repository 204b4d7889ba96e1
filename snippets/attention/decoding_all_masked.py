import torch

from reference_impl.attention import greedy, sample

nothing = torch.full((1, 4), -torch.inf)
print(greedy(nothing).item())  # no complaint, and token 0
#> 0
sample(nothing)
#! ValueError: expected each row of logits to have a finite maximum, got -inf in row 0
