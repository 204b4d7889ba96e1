import torch
from torch import nn

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.memory import model_states

sizes = [1000, 400_000, 250_000, 1000]
for foreach in (False, True):
    weights = [nn.Parameter(torch.ones(size)) for size in sizes]
    optimizer = torch.optim.AdamW(weights, foreach=foreach)
    for _ in range(2):
        for weight in weights:
            weight.grad = torch.ones_like(weight)
        with LiveBytes() as meter:
            optimizer.step()
    formula = model_states(sizes, foreach=foreach).step_temporaries
    print(f"foreach={foreach}: {meter.peak} counted, {formula} by formula")
#> foreach=False: 3600000 counted, 3600000 by formula
#> foreach=True: 2608000 counted, 2608000 by formula
