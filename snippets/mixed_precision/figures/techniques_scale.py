from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import GradScaler

torch.manual_seed(0)
text = torch.tensor(list("\n".join(topics[t] for t in sorted(topics)).encode()[:50_000]))
model = GPT(GPTConfig(vocab=256, context=32, dim=32, layers=2, heads=2))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
scaler, scales, skipped = GradScaler(init_scale=2.0**30, growth_interval=20), [], []
for step in range(140):
    ids = torch.stack([text[i : i + 33] for i in torch.randint(len(text) - 33, (8,))])
    with torch.autocast("cpu", torch.float16):
        logits = model(ids[:, :-1])
    loss = cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
    scaler.scale(loss).backward()
    scales.append(scaler.get_scale())
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()
    if scaler.get_scale() < scales[-1]:
        skipped.append(step)
figure, axis = plt.subplots(figsize=(4.5, 2.7), layout="constrained")
axis.step(range(140), scales, where="post", color="C0", linewidth=1.5)
axis.plot(
    skipped, [scales[s] for s in skipped], "x", color="C3", markersize=5, label="step skipped"
)
axis.set_yscale("log", base=2)
axis.set(xlabel="step", ylabel="loss scale")
axis.set_yticks([2.0**p for p in (16, 20, 24, 28)], ["2¹⁶", "2²⁰", "2²⁴", "2²⁸"])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(frameon=False, fontsize=9)
