import torch

from reference_impl.autograd import Tensor

ours = Tensor([1.0, 2.0], requires_grad=True)
theirs = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

for w in (ours, theirs):
    (w * w).sum().backward()
    first = w.grad
    (w * w).sum().backward()
    print(w.grad.numpy(), w.grad is first)
#> [4. 8.] True
#> [4. 8.] True
