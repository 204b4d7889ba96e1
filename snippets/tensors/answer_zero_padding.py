import torch


def zero_first_(x, count):
    """Set the first elements to 0, in row-major order, in place."""
    x.view(-1)[:count] = 0


x = torch.ones(2, 3)
zero_first_(x, 4)
print(x)
#> tensor([[0., 0., 0.],
#>         [0., 1., 1.]])
zero_first_(x.t(), 4)
#! RuntimeError: view size is not compatible with input tensor's size and stride (at least one
