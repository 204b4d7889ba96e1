import torch

for dampening in (0.0, 0.9):
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9, dampening=dampening)
    for _ in range(200):
        w.grad = torch.ones(1)
        optimizer.step()
    print(dampening, round(optimizer.state[w]["momentum_buffer"].item(), 3))
#> 0.0 10.0
#> 0.9 1.0
