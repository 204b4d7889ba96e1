import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


def f(x):
    return x**2 + x.sum()


y = f(x)
rows = []
for v in torch.eye(3):
    (row,) = torch.autograd.grad(y, x, v, retain_graph=True)
    rows.append(row)
print(torch.stack(rows))
#> tensor([[3., 1., 1.],
#>         [1., 5., 1.],
#>         [1., 1., 7.]])

v = torch.eye(3)
(batched,) = torch.autograd.grad(y, x, v, is_grads_batched=True)
print(torch.equal(batched, torch.stack(rows)))
#> True
