import torch

w = torch.zeros((), requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01, momentum=0.9)
steps = []
for _ in range(100):
    before = w.item()
    w.grad = torch.ones(())
    optimizer.step()
    steps.append(before - w.item())
print(round(steps[0], 3), round(steps[-1], 3))
#> 0.01 0.1
