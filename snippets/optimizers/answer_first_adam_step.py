import torch

w = torch.zeros(4, requires_grad=True)
w.grad = torch.tensor([1e-6, -1.0, 1e6, 1e-12])
torch.optim.Adam([w], lr=0.1).step()
print([round(x, 4) for x in w.tolist()])
#> [-0.099, 0.1, -0.1, -0.0]
