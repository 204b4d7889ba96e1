import torch

x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])

flat = x.reshape(-1) - x.mean()  # out of place: a new tensor, whatever x is
print(flat)
#> tensor([-1.5000, -0.5000,  0.5000,  1.5000])
own = x.reshape(-1).clone()  # a copy, always
own.zero_()
same = x.view(-1)  # an alias, or an error
same += 1
print(x)
#> tensor([[2., 3.],
#>         [4., 5.]])
