import matplotlib.pyplot as plt
import torch

from reference_impl.attention import PreallocatedCache, QuantisedCache

figure, axes = plt.subplots(figsize=(4.5, 2.8))
kinds = ("16 bits", PreallocatedCache, "C0"), ("8 bits and scales", QuantisedCache, "C2")
heads = (32, 8, 1)
for shift, (name, kind, colour) in zip((-0.2, 0.2), kinds, strict=True):
    caches = [kind(1, h, 1, 128, dtype=torch.bfloat16) for h in heads]
    kib = [32 * cache.row_bytes / 1024 for cache in caches]  # 32 layers
    places = [i + shift for i in range(3)]
    bars = axes.bar(places, kib, 0.38, color=colour, label=name)
    axes.bar_label(bars, [f"{x:.3g}" for x in kib], fontsize=9)
axes.set_yscale("log")
axes.set_ylim(1, 1500)
axes.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
axes.minorticks_off()
axes.set_xticks(range(3), ["32 heads", "8 heads", "1 head"])
axes.set_ylabel("KiB for each token")
axes.legend(fontsize=9)
figure.tight_layout()
