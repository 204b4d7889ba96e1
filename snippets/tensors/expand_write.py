import torch

y = torch.zeros(4).expand(3, 4)
y[0] += 1  # a row of y is not expanded: allowed
print(y)
#> tensor([[1., 1., 1., 1.],
#>         [1., 1., 1., 1.],
#>         [1., 1., 1., 1.]])
y += 1
#! RuntimeError: unsupported operation: more than one element of the written-to tensor refers to a
