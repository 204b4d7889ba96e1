import torch

for make in (torch.optim.Adagrad, torch.optim.RMSprop, torch.optim.Adam):
    w = torch.zeros((), requires_grad=True)
    optimizer = make([w], lr=0.1)
    steps = []
    for n in range(1, 2001):
        before = w.item()
        w.grad = torch.ones(())
        optimizer.step()
        if n in (1, 100, 2000):
            steps.append(round(before - w.item(), 4))
    print(make.__name__, steps)
#> Adagrad [0.1, 0.01, 0.0022]
#> RMSprop [1.0, 0.1256, 0.1]
#> Adam [0.1, 0.1, 0.1]
