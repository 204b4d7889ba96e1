import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)

(w**2).sum().backward()
print(w.grad)
#> tensor([2., 4.])

w.grad = None
(w**2).sum().backward(torch.tensor(1.0))
print(w.grad)
#> tensor([2., 4.])

(w**2).backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
