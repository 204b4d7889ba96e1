import torch

torch.manual_seed(0)
grads = torch.randn(100, 3)
w, average = torch.zeros(3, requires_grad=True), torch.zeros(3)
optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
for grad in grads:
    w.grad = grad
    optimizer.step()
    average = 0.9 * average + 0.1 * grad
buffer = optimizer.state[w]["momentum_buffer"]
print(torch.allclose(buffer, average / (1 - 0.9), atol=1e-5))
#> True
