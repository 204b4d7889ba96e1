import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
print(torch.autograd.gradcheck(torch.sin, (x.double(),)))
#> True
print(torch.autograd.gradcheck(torch.sin, (x,), raise_exception=False))
#! UserWarning: Input #0 requires gradient and is not a double
#> False
