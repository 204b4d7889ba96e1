import torch
from torch.utils.flop_counter import FlopCounterMode

layer = torch.nn.Linear(256, 512, bias=False)
x = torch.ones(100, 256, requires_grad=True)  # 100 tokens
with FlopCounterMode(display=False) as counter:
    y = layer(x)
    forward = counter.get_total_flops()
    y.sum().backward()
per_weight = layer.weight.numel() * 100
print(forward / per_weight, "forward")
#> 2.0 forward
print((counter.get_total_flops() - forward) / per_weight, "backward")
#> 4.0 backward
