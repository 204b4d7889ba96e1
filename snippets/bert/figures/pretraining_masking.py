import matplotlib.pyplot as plt
import torch

from reference_impl.bert import mask_tokens

torch.manual_seed(0)
ids = torch.randint(5, 30_000, (2_000, 500))
seen, labels = mask_tokens(ids, mask_id=4, vocab=30_000)
chosen = labels != -100
counts = {
    "[MASK]": (chosen & (seen == 4)).sum(),
    "another token": (chosen & (seen != 4) & (seen != ids)).sum(),
    "as it was": (chosen & (seen == ids)).sum(),
}
figure, (above, below) = plt.subplots(2, 1, figsize=(4.5, 2.6))
share = chosen.float().mean().item()
above.barh([0], [share], color="C0", alpha=0.5)
above.barh([0], [1 - share], left=[share], color="C0", alpha=0.12)
above.text(share / 2, 0, f"{share:.0%}", ha="center", va="center", fontsize=10)
above.text((1 + share) / 2, 0, "no question", ha="center", va="center", fontsize=10)
above.set_title("all tokens", fontsize=10)
left = 0.0
for number, (name, count) in enumerate(counts.items()):
    part = (count / chosen.sum()).item()
    below.barh([0], [part], left=[left], color=f"C{number}", label=f"{name}, {part:.0%}")
    left += part
below.set_title("the chosen ones, as the model sees them", fontsize=10)
below.legend(
    loc="upper center",
    bbox_to_anchor=(0.5, -0.1),
    ncols=3,
    fontsize=9,
    frameon=False,
    handlelength=1,
    columnspacing=1,
)
for axis in (above, below):
    axis.set(xlim=(0, 1), xticks=[], yticks=[])
    for side in axis.spines.values():
        side.set_visible(False)
figure.tight_layout()
