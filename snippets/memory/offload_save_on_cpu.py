import torch
from torch.autograd.graph import save_on_cpu

from reference_impl.attention.live_bytes import LiveBytes

x = torch.randn(1000, requires_grad=True)  # 4,000 bytes
for options in ({}, {"pin_memory": True}):
    with LiveBytes() as meter:
        with save_on_cpu(**options):
            y = (x * 2).exp()  # exp saves its result
        held = meter.live
        del y
    print(options, held, "bytes with y,", meter.live, "after it")
#> {} 4000 bytes with y, 4000 after it
#> {'pin_memory': True} 8000 bytes with y, 0 after it
