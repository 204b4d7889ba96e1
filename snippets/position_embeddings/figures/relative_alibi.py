import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings import ALiBi

at = torch.arange(33)
q = torch.zeros(1, 8, 1, 4)
bias = ALiBi(8).scores(q, q.expand(1, 8, 33, 4), at[-1:], at)[0, :, 0]

fig, ax = plt.subplots(figsize=(4.5, 3.0))
for head, colour in ((0, "C0"), (1, "C1"), (2, "C2"), (4, "C3")):
    ax.plot(at - 32, bias[head], color=colour, label=f"head {head}")
ax.set(xlabel="key position minus query position", ylabel="added to the score", ylim=(-17, 1))
ax.legend(fontsize=9)
