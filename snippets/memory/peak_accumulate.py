import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import MemoryTimeline

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
for count in (1, 2, 8):
    model, (ids, targets) = GPT(config), torch.randint(1000, (2, 8, 128))
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    model.loss(ids, targets).backward()
    optimizer.step()
    optimizer.zero_grad()
    with MemoryTimeline(model, optimizer) as timeline:
        for few, wanted in zip(ids.chunk(count), targets.chunk(count), strict=True):
            with timeline.phase("forward"):
                loss = model.loss(few, wanted) / count
            with timeline.phase("backward"):
                loss.backward()
        with timeline.phase("step"):
            optimizer.step()
    worst = timeline.worst()
    parts = {name: round(worst.live[name] / 1e6, 1) for name in ("gradients", "activations")}
    print(count, f"{worst.total / 1e6:5.2f} MB in {worst.phase}", parts)
#> 1 48.34 MB in backward {'gradients': 0.8, 'activations': 33.7}
#> 2 34.31 MB in forward {'gradients': 3.8, 'activations': 17.9}
#> 8 20.51 MB in forward {'gradients': 3.8, 'activations': 4.9}
