import torch

made = torch.ones(3, requires_grad=True)
computed = torch.ones(3, requires_grad=True) * 2
moved = torch.ones(3, requires_grad=True).double()
flagged_last = (torch.ones(3) * 2).double().requires_grad_()
data = torch.ones(3) * 2

print([t.is_leaf for t in (made, computed, moved, flagged_last, data)])
#> [True, False, False, True, True]
