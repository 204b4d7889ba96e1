import torch

mask = torch.tensor([[0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]])
positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 0)
print(positions)
#> tensor([[0, 0, 0, 0, 1, 2],
#>         [0, 1, 2, 3, 4, 5]])
