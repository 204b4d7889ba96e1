import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
hidden = w * 3
hidden.retain_grad()
loss = (hidden**2).sum()
loss.backward()
print(w.grad, hidden.grad)
#> tensor([18., 36.]) tensor([ 6., 12.])

hidden = w * 3
loss = (hidden**2).sum()
(grad,) = torch.autograd.grad(loss, hidden)
print(grad, hidden.retains_grad)
#> tensor([ 6., 12.]) False

w.retain_grad()  # changes nothing: a leaf keeps its gradient anyway
torch.ones(2).retain_grad()
#! RuntimeError: can't retain_grad on Tensor that has requires_grad=False
