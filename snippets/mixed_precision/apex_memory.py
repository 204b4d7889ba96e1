import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import MasterWeights

for level in ("O0", "O1", "O2", "O3"):
    net = GPT(GPTConfig(vocab=256, context=64, dim=128, layers=4, heads=4))
    net = net.half() if level in ("O2", "O3") else net
    masters = MasterWeights(net.parameters()) if level == "O2" else None
    updated = masters.copies if masters else list(net.parameters())
    optimizer = torch.optim.AdamW(updated)
    for p in updated:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    parts = {
        "weights": [*net.parameters()],
        "copies": masters.copies if masters else [],
        "gradients": [p.grad for p in updated],
        "state": [t for entry in optimizer.state.values() for t in entry.values()],
    }
    count = sum(p.numel() for p in net.parameters())
    each = {name: round(sum(t.nbytes for t in ts) / count) for name, ts in parts.items()}
    print(level, *(f"{name} {size}" for name, size in each.items()), "sum", sum(each.values()))
#> O0 weights 4 copies 0 gradients 4 state 8 sum 16
#> O1 weights 4 copies 0 gradients 4 state 8 sum 16
#> O2 weights 2 copies 4 gradients 4 state 8 sum 18
#> O3 weights 2 copies 0 gradients 2 state 4 sum 8
