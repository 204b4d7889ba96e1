import torch
from torch.utils.flop_counter import FlopCounterMode

heads, length, size = 8, 256, 64
q = torch.randn(1, heads, length, size)
with FlopCounterMode(display=False) as counter:
    q @ q.mT
turn = 3 * q.numel()  # per number: two products and one sum
print(counter.get_total_flops() // turn)
#> 170
