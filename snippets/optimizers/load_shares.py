import torch


def optimizer():
    w = torch.zeros(2, requires_grad=True)
    w.grad = torch.ones(2)
    return torch.optim.SGD([w], lr=0.1, momentum=0.9)


first, second = optimizer(), optimizer()
first.step()
second.load_state_dict(first.state_dict())
second.step()
print(first.state_dict()["state"][0]["momentum_buffer"])  # first took one step only
#> tensor([1.9000, 1.9000])
