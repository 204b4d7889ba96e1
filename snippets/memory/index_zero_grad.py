import torch
from torch import nn

from reference_impl.attention.live_bytes import LiveBytes

for set_to_none in (True, False):
    model = nn.Linear(1000, 1000, bias=False)  # 4 MB
    optimizer = torch.optim.SGD(model.parameters())
    with LiveBytes() as meter:
        model(torch.ones(1, 1000)).sum().backward()
        before = meter.live
        optimizer.zero_grad(set_to_none=set_to_none)
        print(f"set_to_none={set_to_none}: {before / 1e6:.0f} MB, then {meter.live / 1e6:.0f} MB")
#> set_to_none=True: 4 MB, then 0 MB
#> set_to_none=False: 4 MB, then 4 MB
