import matplotlib.pyplot as plt
import torch

from reference_impl.attention import ConcatenatedCache, PreallocatedCache

STEPS = 256
row = torch.zeros(1, 2, 1, 16)
figure, axes = plt.subplots(figsize=(4.5, 3.0))
kinds = {
    "torch.cat": (ConcatenatedCache(1, 2, 16), "C1"),
    "in place": (PreallocatedCache(1, 2, STEPS, 16), "C0"),
}
for name, (cache, colour) in kinds.items():
    copied = []
    for _ in range(STEPS):
        before = cache.bytes_copied
        cache.append(row, row)
        copied.append((cache.bytes_copied - before) / 1024)
    axes.plot(range(1, STEPS + 1), copied, colour, label=name)
axes.set_xlabel("tokens in the cache")
axes.set_ylabel("KiB copied again\nfor this token")
axes.legend()
figure.tight_layout()
