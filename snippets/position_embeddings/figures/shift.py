import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings import sinusoids

table = sinusoids(torch.arange(200), 128)
dots = table @ table.T / 64

fig, ax = plt.subplots(figsize=(4.5, 2.8))
for position, colour in ((50, "C0"), (100, "C1"), (150, "C2")):
    ax.plot(dots[position], color=colour, label=f"with {position}")
ax.set(xlabel="position", ylabel="dot product / 64", ylim=(0, 1.05))
ax.legend(fontsize=9, loc="lower left")
