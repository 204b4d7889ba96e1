import matplotlib.pyplot as plt
import torch

from reference_impl.t5 import T5, T5Config

PARTS = {"embeddings": "tokens", "logits": "head", "encoder": "encoder", "decoder": "decoder"}
names = ["t5-small", "t5-v1_1-small", "t5-base", "t5-v1_1-base", "t5-large", "t5-v1_1-large"]
figure, ax = plt.subplots(figsize=(4.5, 3.2))
for row, name in enumerate(names):
    with torch.device("meta"):
        weights = dict(T5(T5Config.preset(name)).named_parameters())
    left = 0.0
    for colour, (label, start) in enumerate(PARTS.items()):
        size = sum(w.numel() for key, w in weights.items() if key.startswith(start)) / 1e6
        ax.barh(row, size, left=left, color=f"C{colour}", label=label if row == 1 else None)
        left += size
    ax.text(left + 8, row, f"{left:.0f}", va="center", fontsize=9)
ax.set_yticks(range(len(names)), names)
ax.set(xlabel="million parameters", xlim=(0, 880))
ax.invert_yaxis()
ax.legend(fontsize=9, loc="upper right")
figure.tight_layout()
