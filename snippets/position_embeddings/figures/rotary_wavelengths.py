import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings.rotary_scaling import frequencies

fig, ax = plt.subplots(figsize=(4.5, 3.0))
for base, colour in ((10_000.0, "C0"), (500_000.0, "C1")):
    waves = 2 * torch.pi / frequencies(128, base)
    ax.plot(waves, color=colour, label=f"base {base:,.0f}")
ax.axhline(4096, color=plt.rcParams["text.color"], linestyle=":", linewidth=1)
ax.text(1, 5000, "4,096 tokens", fontsize=9, va="bottom")
ax.set(yscale="log", xlabel="pair", ylabel="tokens in a full turn", xticks=[0, 16, 32, 48, 63])
ax.set_yticks([10, 1000, 100_000], labels=["10", "1,000", "100,000"])
ax.legend(loc="lower right", fontsize=9)
