import copy
from types import SimpleNamespace as Part

import torch
from torch import nn


def losses(runs, left_out=None):
    saved, result = {}, []
    for steps in runs:  # each run is the same script, started again
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(1, 9), nn.Dropout(0.5), nn.Linear(9, 1))
        optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16)
        rng = Part(state_dict=torch.get_rng_state, load_state_dict=torch.set_rng_state)
        at = {"row": 0}
        parts = {"model": net, "optimizer": optimizer, "scheduler": schedule, "rng": rng}
        parts["sampler"] = Part(state_dict=at.copy, load_state_dict=at.update)
        for name in saved.keys() - {left_out}:
            parts[name].load_state_dict(saved[name])
        for _ in range(steps):
            x = torch.tensor([at["row"] % 7 - 3.0])
            loss = (net(x) - 3 * x).square().mean()
            optimizer.zero_grad()
            loss.backward(), optimizer.step(), schedule.step()
            at["row"] += 1
            result.append(loss.item())
        saved = copy.deepcopy({name: part.state_dict() for name, part in parts.items()})
    return result


for name in (None, "model", "optimizer", "scheduler", "rng", "sampler"):
    pairs = enumerate(zip(losses([16]), losses([6, 10], left_out=name)), start=1)
    print(name, next((n for n, (a, b) in pairs if a != b), "the same"))
#> None the same
#> model 7
#> optimizer 8
#> scheduler 9
#> rng 7
#> sampler 7
