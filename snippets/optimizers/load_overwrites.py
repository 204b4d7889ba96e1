import torch

w = torch.zeros(2, requires_grad=True)
saved = torch.optim.AdamW([w], lr=1e-3, weight_decay=0.1).state_dict()

optimizer = torch.optim.Adam([w], lr=0.5)
optimizer.load_state_dict(saved)
group = optimizer.param_groups[0]
print(group["lr"], group["weight_decay"], group["decoupled_weight_decay"])
#> 0.001 0.1 True
