import torch

import reference_impl.autograd as ours

w = ours.Tensor([1.0, 2.0], requires_grad=True)
v = torch.tensor([1.0, 2.0], requires_grad=True)

for library, weight in ((ours, w), (torch, v)):
    with library.no_grad():
        result, view = weight * 2, weight[:1]
        with library.enable_grad():
            inner = weight * 2
    print(result.requires_grad, view.requires_grad, inner.requires_grad)
#> False True True
#> False True True
