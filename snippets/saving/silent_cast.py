import torch
from torch import nn

net = nn.Linear(1, 1)
print(net.load_state_dict({"weight": torch.tensor([[7]]), "bias": torch.tensor([1 / 3]).double()}))
#> <All keys matched successfully>
print(net.weight.dtype, net.bias.dtype)
#> torch.float32 torch.float32

net.half().load_state_dict({"weight": torch.tensor([[70000.0]]), "bias": torch.zeros(1)})
print(net.weight)
#> Parameter containing:
#> tensor([[inf]], dtype=torch.float16, requires_grad=True)
