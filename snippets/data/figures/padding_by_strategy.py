import matplotlib.pyplot as plt
import torch

from reference_impl.data import BucketBatchSampler, padded_fraction

torch.manual_seed(0)
lengths = (torch.randn(3200) * 0.76 + 2.74).exp().long().clamp(1, 128).tolist()


def buckets(count):
    return list(BucketBatchSampler(lengths, batch_size=32, buckets=count))


strategies = {
    "all to the longest text": [list(range(len(lengths)))],
    "longest of the batch": buckets(1),
    "4 buckets": buckets(4),
    "16 buckets": buckets(16),
    "100 buckets": buckets(100),
}

fig, ax = plt.subplots(figsize=(4.5, 3.4))
for row, batches in enumerate(strategies.values()):
    for power, colour in ((1, "C0"), (2, "C1")):
        share = padded_fraction(lengths, batches, power)
        place = row + (power - 1.5) * 0.38
        label = {1: "tokens", 2: "pairs in attention"}[power] if row == 0 else None
        ax.barh(place, share, height=0.34, color=colour, alpha=0.8, label=label)
        ax.text(share + 0.01, place, f"{share:.0%}", va="center", fontsize=9, color=colour)
ax.set_yticks(range(len(strategies)), list(strategies))
ax.set(xlim=(0, 1.16), xlabel="share of the work spent on padding", xticks=[0, 0.5, 1])
ax.invert_yaxis()
fig.legend(loc="outside upper center", ncols=2)
