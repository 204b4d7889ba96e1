import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

epochs, batches = 10, 5
for t_max in (epochs, epochs * batches):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = CosineAnnealingLR(optimizer, T_max=t_max)
    ends = []
    for epoch in range(epochs):
        for batch in range(batches):
            optimizer.step()
            scheduler.step()  # after each batch
        ends.append(round(optimizer.param_groups[0]["lr"], 1))
    print([abs(lr) for lr in ends])
#> [0.5, 0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0, 0.5, 0.0]
#> [1.0, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1, 0.0, 0.0]
