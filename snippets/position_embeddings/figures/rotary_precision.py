import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings.rotary_scaling import frequencies

positions = torch.logspace(0, 6, 200).long().unique()
exact = positions[:, None].double() * frequencies(128).double()

fig, ax = plt.subplots(figsize=(4.5, 3.0))
for dtype, colour, name in ((torch.bfloat16, "C1", "bfloat16"), (torch.float32, "C0", "float32")):
    angle = positions.to(dtype)[:, None] * frequencies(128).to(dtype)
    error = (angle.double() - exact).abs().max(dim=1).values
    seen = error > 0
    ax.plot(positions[seen], error[seen], color=colour, label=name)
ax.axhline(torch.pi, color=plt.rcParams["text.color"], linestyle=":", linewidth=1)
ax.text(1.5, 5, "half a turn", fontsize=9)
ax.set(xscale="log", yscale="log", xlabel="position", ylabel="largest error (radians)")
ax.set_xticks([1, 1000, 1_000_000], labels=["1", "1,000", "1,000,000"])
ax.set_yticks([1e-6, 1e-3, 1, 1000], labels=["0.000001", "0.001", "1", "1,000"])
ax.legend(fontsize=9, loc="lower right")
