from pydoc_data.topics import topics

import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig

text = torch.tensor(list("\n".join(topics[t] for t in sorted(topics)).encode()[:50_000]))
for enabled in (True, False):
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab=256, context=32, dim=32, layers=2, heads=2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    scaler, losses = torch.amp.GradScaler("cpu", enabled=enabled), []
    for _ in range(60):
        ids = torch.stack([text[i : i + 33] for i in torch.randint(len(text) - 33, (8,))])
        with torch.autocast("cpu", torch.float16):
            logits = model(ids[:, :-1])
        loss = cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        losses.append(loss.item())
    print(f"scaler {enabled}: {losses[0]:.1f} -> {sum(losses[-10:]) / 10:.1f}")
#> scaler True: 5.5 -> 3.2
#> scaler False: 5.5 -> 3.2
