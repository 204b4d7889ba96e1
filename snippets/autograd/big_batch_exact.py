import torch

torch.manual_seed(0)
x = torch.randint(-4, 5, (32, 6)).double()
target = torch.randint(-4, 5, (32,)).double()
w = torch.randint(-4, 5, (6,)).double().requires_grad_()


def loss_sum(rows):
    return ((x[rows] @ w - target[rows]) ** 2).sum()


(loss_sum(slice(0, 32)) / 32).backward()
big = w.grad.clone()

w.grad = None
for start in range(0, 32, 8):
    (loss_sum(slice(start, start + 8)) / 32).backward()
print(torch.equal(w.grad, big))
#> True
