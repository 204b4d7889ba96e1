import matplotlib.pyplot as plt

from reference_impl.position_embeddings.rotary_scaling import (
    LinearScaling,
    NTKScaling,
    YaRNScaling,
    frequencies,
)

plain = frequencies(128)
ways = {
    "linear": LinearScaling(8.0),
    "NTK-aware": NTKScaling(8.0),
    "YaRN": YaRNScaling(8.0, original_length=4096),
}
fig, ax = plt.subplots(figsize=(4.5, 3.0))
for (name, scaling), style in zip(ways.items(), ("--", "-.", "-"), strict=True):
    ax.plot(plain / scaling.frequencies(128, 10_000.0, 32_768), linestyle=style, label=name)
ax.set(xlabel="pair, from fast to slow", ylabel="times slower than trained")
ax.set(xticks=[0, 16, 32, 48, 63], yticks=[1, 2, 4, 6, 8], ylim=(0, 9))
ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(0.0, 0.55))
