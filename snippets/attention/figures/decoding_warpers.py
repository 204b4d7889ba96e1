import matplotlib.pyplot as plt
import torch

from reference_impl.attention import temperature, top_k, top_p

logits = torch.tensor([2.4, 2.0, 1.7, 1.1, 0.6, 0.0, -0.6, -1.3])
panels = {
    "as the model gives them": logits,
    "temperature 0.5": temperature(logits, 0.5),
    "temperature 2": temperature(logits, 2.0),
    "top-k, k = 3": top_k(logits, 3),
    "top-p, p = 0.9": top_p(logits, 0.9),
    "0.5, then p = 0.9": top_p(temperature(logits, 0.5), 0.9),
}
figure, axes = plt.subplots(3, 2, figsize=(4.5, 4.6), sharex=True, sharey=True)
for axis, (name, row) in zip(axes.flat, panels.items(), strict=True):
    axis.bar(range(8), logits.softmax(-1).tolist(), color="C0", alpha=0.2)
    axis.bar(range(8), row.softmax(-1).tolist(), color="C0")
    axis.set_title(name, fontsize=10)
    axis.set(xticks=[], ylim=(0, 0.65))
figure.supylabel("probability", fontsize=10)
figure.tight_layout()
