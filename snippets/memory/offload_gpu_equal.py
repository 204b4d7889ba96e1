# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import torch
from torch import nn

from reference_impl.memory import Offload

torch.manual_seed(0)
layers = [layer for _ in range(12) for layer in (nn.Linear(1024, 1024), nn.GELU())]
net, x = nn.Sequential(*layers).cuda(), torch.randn(4096, 1024, device="cuda")


def gradients(context):
    net.zero_grad()
    with context:
        loss = net(x).square().mean()
    loss.backward()
    return [p.grad.clone() for p in net.parameters()]


plain = gradients(torch.autograd.graph.save_on_cpu(pin_memory=True))
for options in ({}, {"in_flight_bytes": 0}, {"keep_bytes": 2**27}, {"pin_memory": False}):
    offload = Offload(net, x, **options)
    same = all(torch.equal(a, b) for a, b in zip(plain, gradients(offload), strict=True))
    print(options, same, offload.moved_out, offload.moved_back)
#> {} True 402653184 402653184
#> {'in_flight_bytes': 0} True 402653184 402653184
#> {'keep_bytes': 134217728} True 268435456 268435456
#> {'pin_memory': False} True 402653184 402653184
