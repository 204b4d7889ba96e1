import torch

w = torch.tensor(3.0, requires_grad=True)
hidden = 2 * w
hidden.retain_grad()
loss = hidden**2

loss.backward(retain_graph=True)
print(hidden.grad, w.grad)
#> tensor(12.) tensor(24.)
loss.backward()
print(hidden.grad, w.grad)
#> tensor(24.) tensor(48.)
