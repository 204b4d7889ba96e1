import matplotlib.pyplot as plt
import torch

from reference_impl.data import document_mask, pack_and_chop

documents = [torch.arange(1, n) for n in (5, 4, 7)]
block = next(pack_and_chop(documents, size=14, eos=0))
causal = torch.ones(14, 14, dtype=torch.bool).tril()
masks = {"across documents": causal, "within documents": document_mask(block.documents)}

fig, axes = plt.subplots(1, 2, figsize=(4.5, 2.9), sharey=True)
ink = plt.rcParams["text.color"]
for ax, (name, mask) in zip(axes, masks.items()):
    for query, key in mask.nonzero().tolist():
        same = block.documents[query] == block.documents[key]
        colour = f"C{block.documents[query].item()}" if same else ink
        ax.add_patch(
            plt.Rectangle((key, query), 0.9, 0.9, color=colour, alpha=0.7 if same else 0.25)
        )
    for place, (token, position) in enumerate(zip(block.ids.tolist(), block.positions.tolist())):
        number = block.documents[place].item()
        ax.text(
            place + 0.45,
            -0.6,
            "e" if token == 0 else str(position),
            ha="center",
            va="center",
            fontsize=9,
            color=f"C{number}",
        )
    ax.set(xlim=(0, 14), ylim=(14, -1.3), xticks=[], yticks=[], aspect="equal", xlabel=name)
axes[0].set_ylabel("attending token")
