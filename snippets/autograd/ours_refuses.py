import torch

from reference_impl.autograd import Tensor

ours = Tensor([0.0, 1.0], requires_grad=True)
theirs = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)

for w in (ours, theirs):
    y = w.exp()
    y.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        print(y._version, str(error)[:52])
#> 1 one of the variables needed for gradient computation
#> 1 one of the variables needed for gradient computation
