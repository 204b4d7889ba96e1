import torch

weight = torch.ones(2, 2, requires_grad=True)
x = torch.ones(1, 2)
with torch.autocast("cpu", torch.bfloat16):
    print((x @ weight).sum().item())
    #> 4.0
    weight.data.mul_(3)
    print((x @ weight).sum().item())
    #> 4.0
with torch.autocast("cpu", torch.bfloat16):
    print((x @ weight).sum().item())
    #> 12.0
