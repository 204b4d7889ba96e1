import torch

w = torch.tensor(2.0, requires_grad=True)

(3 * w).backward()
print(w.grad)
#> tensor(3.)
(3 * w).backward()
print(w.grad)
#> tensor(6.)

w.grad = None
(3 * w).backward()
print(w.grad)
#> tensor(3.)
