import torch

a, b = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
saved = torch.optim.SGD([("a", a), ("b", b)], lr=0.1, momentum=0.9)
a.grad, b.grad = torch.tensor([1.0, 1.0]), torch.tensor([7.0, 7.0])
saved.step()

loaded = torch.optim.SGD([("b", b), ("a", a)], lr=0.1, momentum=0.9)  # another order
loaded.load_state_dict(saved.state_dict())
print(saved.state[a]["momentum_buffer"], loaded.state[a]["momentum_buffer"])
#> tensor([1., 1.]) tensor([7., 7.])
print(loaded.param_groups[0]["param_names"], loaded.param_groups[0]["params"][0] is b)
#> ['a', 'b'] True
