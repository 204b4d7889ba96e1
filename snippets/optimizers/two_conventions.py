import torch

grads = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def textbook(rates, momentum=0.9):
    p, v = 0.0, 0.0
    for grad, lr in zip(grads, rates):
        v = momentum * v - lr * grad  # the rate goes into the buffer
        p = p + v
    return p


def pytorch(rates, momentum=0.9):
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], momentum=momentum)
    for grad, lr in zip(grads, rates):
        optimizer.param_groups[0]["lr"] = lr  # the rate multiplies the buffer
        w.grad = torch.tensor(grad, dtype=torch.float64)
        optimizer.step()
    return w.item()


for rates in ([0.1] * 6, [0.1] * 4 + [0.001] * 2):
    print(round(textbook(rates), 4), round(pytorch(rates), 4))
#> -1.493 -1.493
#> -1.493 -0.9108
