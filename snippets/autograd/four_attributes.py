import torch

x = torch.ones(2)
w = torch.ones(2, requires_grad=True)
y = w * x
y.sum().backward()

tensors = {"x": x, "w": w, "y": y, "y.detach()": y.detach()}
print(f"{'':10} requires_grad is_leaf grad_fn      grad")
#>            requires_grad is_leaf grad_fn      grad
for name, t in tensors.items():
    grad_fn = t.grad_fn.name() if t.grad_fn else None
    grad = t.grad.tolist() if t.is_leaf and t.grad is not None else None  # y.grad would warn
    flags = f"{t.requires_grad!s:13} {t.is_leaf!s:7}"
    print(f"{name:10} {flags} {grad_fn!s:12} {grad}")
#> x          False         True    None         None
#> w          True          True    None         [1.0, 1.0]
#> y          True          False   MulBackward0 None
#> y.detach() False         True    None         None
