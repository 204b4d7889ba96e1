import torch

makers = {
    "SGD": torch.optim.SGD,
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}
for name, make in makers.items():
    w = torch.zeros(3, requires_grad=True)
    w.grad = torch.tensor([1.0, -10.0, 0.01])
    make([w], lr=0.1).step()
    print(f"{name:8}", [round(x, 3) for x in w.tolist()])
#> SGD      [-0.1, 1.0, -0.001]
#> Adagrad  [-0.1, 0.1, -0.1]
#> RMSprop  [-1.0, 1.0, -1.0]
#> Adam     [-0.1, 0.1, -0.1]
