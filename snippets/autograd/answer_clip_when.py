import torch

w = torch.zeros(2, requires_grad=True)
pieces = [torch.tensor([3.0, 4.0]), torch.tensor([-3.0, 4.0])]

for piece in pieces:
    (w @ piece / 2).backward()
torch.nn.utils.clip_grad_norm_([w], max_norm=1.0)
print("clip once:      ", w.grad)
#> clip once:       tensor([0.0000, 1.0000])

w.grad = None
for piece in pieces:
    (w @ piece / 2).backward()
    torch.nn.utils.clip_grad_norm_([w], max_norm=1.0)
print("clip every time:", w.grad)
#> clip every time: tensor([-0.3060,  0.9520])
