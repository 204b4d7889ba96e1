import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
for batch in (1, 8, 32):
    model = GPT(config)
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    ids, targets = torch.randint(1000, (2, batch, 128))
    with LiveBytes() as meter:
        for _ in range(2):
            optimizer.zero_grad()
            model.loss(ids, targets).backward()
            optimizer.step()
    parts = estimate_memory(config, batch, 128)
    print(
        f"floor {parts.floor / 1e6:5.1f} MB, counted {(meter.peak + parts.parameters) / 1e6:5.1f}"
    )
#> floor   5.7 MB, counted   6.0
#> floor  21.0 MB, counted  21.8
#> floor  73.3 MB, counted  76.5
