import torch

weight = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
weight.grad = torch.ones(2)
optimizer.step()
saved = optimizer.state_dict()

other = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1, momentum=0.9)
other.load_state_dict(saved)
buffer = other.state[other.param_groups[0]["params"][0]]["momentum_buffer"]
print(buffer.data_ptr() == saved["state"][0]["momentum_buffer"].data_ptr())
#> True
