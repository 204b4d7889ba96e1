import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
print((w * w).grad_fn is not None)
#> True

with torch._C._AutoDispatchBelowAutograd():
    product = w * w
print(product, product.grad_fn)
#> tensor([1., 4.]) None
