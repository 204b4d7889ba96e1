import torch

w = torch.ones(3, requires_grad=True)
loss = w.exp().sum()

loss.backward(retain_graph=True)
loss.backward()
print(w.grad / w.detach().exp())
#> tensor([2., 2., 2.])

loss.backward()
#! RuntimeError: Trying to backward through the graph a second time
