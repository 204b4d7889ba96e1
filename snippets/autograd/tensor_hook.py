import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
hidden = w * 3

hidden.register_hook(lambda grad: print("gradient of hidden:", grad))
handle = w.register_hook(lambda grad: grad.clamp(max=10))

(hidden**2).sum().backward()
#> gradient of hidden: tensor([ 6., 12.])
print(w.grad)
#> tensor([10., 10.])

handle.remove()
w.grad = None
((w * 3) ** 2).sum().backward()
print(w.grad)
#> tensor([18., 36.])
