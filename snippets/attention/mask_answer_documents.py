import torch

from reference_impl.attention import causal_mask, combine

document = torch.tensor([0, 0, 0, 1, 1])
same = document[:, None] == document[None, :]
print(combine(causal_mask(5), same).int())
#> tensor([[1, 0, 0, 0, 0],
#>         [1, 1, 0, 0, 0],
#>         [1, 1, 1, 0, 0],
#>         [0, 0, 0, 1, 0],
#>         [0, 0, 0, 1, 1]], dtype=torch.int32)
