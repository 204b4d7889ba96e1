import matplotlib.pyplot as plt

from reference_impl.attention import cache_bytes

# t5-large in 16 bits: 24 layers, 16 heads of 64; 64 tokens of target.
sizes = {"layers": 24, "kv_heads": 16, "head_dim": 64, "bytes_per_number": 2}
beams = range(1, 9)
source = cache_bytes(length=512, **sizes) / 1e6
target = [cache_bytes(length=64, batch=n, **sizes) / 1e6 for n in beams]
figure, ax = plt.subplots(figsize=(4.5, 3.0))
ax.plot(
    beams,
    [source * n + t for n, t in zip(beams, target, strict=True)],
    "C1--o",
    label="a copy of the source for each beam",
)
ax.plot(beams, [source + t for t in target], "C0-o", label="one for all beams")
ax.plot(beams, target, "C2:o", label="the target alone")
ax.set(xlabel="beams", ylabel="megabytes", ylim=(0, None))
ax.legend(fontsize=9)
figure.tight_layout()
