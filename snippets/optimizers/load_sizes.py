import torch

w, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
saved = torch.optim.Adam([w]).state_dict()
try:
    torch.optim.Adam([w, b]).load_state_dict(saved)
except ValueError as error:
    print(error)
    #> loaded state dict contains a parameter group that doesn't match the size of optimizer's group
try:
    torch.optim.Adam([{"params": [w]}, {"params": [b]}]).load_state_dict(saved)
except ValueError as error:
    print(error)
    #> loaded state dict has a different number of parameter groups
