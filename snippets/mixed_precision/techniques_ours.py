import random

import torch

from reference_impl.mixed_precision import GradScaler

rng, same = random.Random(0), True
weights = [torch.ones(3, requires_grad=True) for _ in range(2)]
optimizers = [torch.optim.AdamW([w], lr=0.01) for w in weights]
scalers = [cls("cpu", growth_interval=5) for cls in (torch.amp.GradScaler, GradScaler)]
for step in range(1000):
    factor = rng.choice([1.0, rng.gauss(0, 1e3), float("inf") if rng.random() < 0.2 else 2.0])
    for weight, optimizer, scaler in zip(weights, optimizers, scalers, strict=True):
        optimizer.zero_grad()
        scaler.scale((weight * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    same &= scalers[0].state_dict() == scalers[1].state_dict() and torch.equal(*weights)
    if step == 500:  # change hands
        states = [scaler.state_dict() for scaler in scalers]
        scalers[0].load_state_dict(states[1]), scalers[1].load_state_dict(states[0])
print(same, scalers[1].state_dict())
#> True {'scale': 8.307674973655724e+34, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 5, '_growth_tracker': 1}
