import torch


def match_names(optimizer, state_dict):
    groups = []
    for ours, theirs in zip(optimizer.param_groups, state_dict["param_groups"]):
        number = dict(zip(theirs["param_names"], theirs["params"]))
        names = ours["param_names"]
        groups.append({**theirs, "param_names": names, "params": [number[n] for n in names]})
    return {**state_dict, "param_groups": groups}


a, b = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
saved = torch.optim.SGD([("a", a), ("b", b)], lr=0.1, momentum=0.9)
a.grad, b.grad = torch.tensor([1.0, 1.0]), torch.tensor([7.0, 7.0])
saved.step()

loaded = torch.optim.SGD([("b", b), ("a", a)], lr=0.1, momentum=0.9)
loaded.register_load_state_dict_pre_hook(match_names)
loaded.load_state_dict(saved.state_dict())
print(loaded.state[a]["momentum_buffer"], loaded.state[b]["momentum_buffer"])
#> tensor([1., 1.]) tensor([7., 7.])
