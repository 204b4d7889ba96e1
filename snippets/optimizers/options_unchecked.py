import torch

w = torch.ones(1, requires_grad=True)
groups = [{"params": [w], "lr": -0.1, "weight_deacy": 0.5}]
optimizer = torch.optim.SGD(groups, lr=0.1)
w.grad = torch.ones(1)
optimizer.step()
print(w.item(), optimizer.param_groups[0]["weight_decay"])
#> 1.100000023841858 0
