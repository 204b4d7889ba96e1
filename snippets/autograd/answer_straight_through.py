import torch

x = torch.tensor([0.2, 0.7, 1.6], requires_grad=True)
plain = x.round()
plain.sum().backward()
print(x.grad)
#> tensor([0., 0., 0.])

x.grad = None
straight = x + (x.round() - x).detach()
straight.sum().backward()
print(straight.detach(), x.grad)
#> tensor([0., 1., 2.]) tensor([1., 1., 1.])
