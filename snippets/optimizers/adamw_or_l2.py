import torch

big_or_small_gradient = torch.tensor([10.0, 0.01], dtype=torch.float64)


def shrinkage(make):
    """How much smaller w ends because of weight decay."""
    ends = []
    for decay in (0.0, 0.1):
        w = torch.ones(2, dtype=torch.float64, requires_grad=True)
        optimizer = make([w], lr=0.01, weight_decay=decay)
        for n in range(100):
            w.grad = big_or_small_gradient * (-1) ** n
            optimizer.step()
        ends.append(w.detach())
    return [round(x, 3) for x in (ends[0] - ends[1]).tolist()]


print("Adam, L2", shrinkage(torch.optim.Adam))
#> Adam, L2 [0.01, 0.753]
print("AdamW   ", shrinkage(torch.optim.AdamW))
#> AdamW    [0.094, 0.094]
