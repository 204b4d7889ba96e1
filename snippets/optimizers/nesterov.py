import torch

p = torch.zeros(1, requires_grad=True)
plain = torch.optim.SGD([p], lr=0.1, momentum=0.9)
q = torch.zeros(1, requires_grad=True)
nesterov = torch.optim.SGD([q], lr=0.1, momentum=0.9, nesterov=True)
for n in range(3):
    p.grad, q.grad = torch.ones(1), torch.ones(1)
    plain.step()
    nesterov.step()
    print(f"{p.item():.3f} {q.item():.3f}")
#> -0.100 -0.190
#> -0.290 -0.461
#> -0.561 -0.805
print(torch.equal(plain.state[p]["momentum_buffer"], nesterov.state[q]["momentum_buffer"]))
#> True
