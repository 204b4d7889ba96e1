import torch

from reference_impl.position_embeddings import relative_shift

by_distance = torch.arange(-2, 3).expand(3, 5)  # columns: key minus query
print(relative_shift(by_distance, keys=3))
#> tensor([[ 0,  1,  2],
#>         [-1,  0,  1],
#>         [-2, -1,  0]])
