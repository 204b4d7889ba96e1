import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 3))
state = {
    "0.weight": torch.ones(2, 2),
    "0.bias": torch.ones(2),
    "1.weight": torch.ones(5, 2),
    "x": torch.ones(1),
}
try:
    net.load_state_dict(state)
except RuntimeError as error:
    print(*map(str.strip, str(error).splitlines()), sep="\n")
    #> Error(s) in loading state_dict for Sequential:
    #> Missing key(s) in state_dict: "1.bias".
    #> Unexpected key(s) in state_dict: "x".
    #> size mismatch for 1.weight: copying a param with shape torch.Size([5, 2]) from checkpoint, the shape in current model is torch.Size([3, 2]).
print(net[0].bias)
#> Parameter containing:
#> tensor([1., 1.], requires_grad=True)

try:
    net.load_state_dict({"1.weight": torch.ones(5, 2)}, strict=False)
except RuntimeError as error:
    print(str(error).splitlines()[1].strip())
    #> size mismatch for 1.weight: copying a param with shape torch.Size([5, 2]) from checkpoint, the shape in current model is torch.Size([3, 2]).
