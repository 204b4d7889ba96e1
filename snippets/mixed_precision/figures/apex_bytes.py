import matplotlib.pyplot as plt
import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import MasterWeights

levels = ["O0", "O1", "O2", "O3"]
bars = {"weights": [], "float32 copies": [], "gradients": [], "AdamW's state": []}
for level in levels:
    net = GPT(GPTConfig(vocab=256, context=64, dim=128, layers=4, heads=4))
    net = net.half() if level in ("O2", "O3") else net
    masters = MasterWeights(net.parameters()) if level == "O2" else None
    updated = masters.copies if masters else list(net.parameters())
    optimizer = torch.optim.AdamW(updated)
    for p in updated:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    state = [t for entry in optimizer.state.values() for t in entry.values()]
    copies = masters.copies if masters else []
    count = sum(p.numel() for p in net.parameters())
    for name, tensors in zip(
        bars, [[*net.parameters()], copies, [p.grad for p in updated], state], strict=True
    ):
        bars[name].append(sum(t.nbytes for t in tensors) / count)
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
left = [0.0] * len(levels)
for (name, sizes), colour in zip(bars.items(), ["C0", "C1", "C2", "C4"], strict=True):
    axis.barh(levels, sizes, left=left, color=colour, label=name, height=0.6)
    left = [a + b for a, b in zip(left, sizes, strict=True)]
axis.invert_yaxis()
axis.set_xticks([0, 4, 8, 12, 16, 20])
axis.set_xlabel("bytes for each parameter")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(
    frameon=False,
    fontsize=9,
    ncols=2,
    loc="upper center",
    bbox_to_anchor=(0.45, 1.36),
    columnspacing=0.9,
    handlelength=1,
)
