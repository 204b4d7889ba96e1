import matplotlib.pyplot as plt
import numpy as np

from reference_impl.distributed import ring_bytes
from reference_impl.gpt import GPTConfig, count_parameters

RANKS, NUMBER = 8, 2
config = GPTConfig.gpt3("6.7B")
numel = count_parameters(config)["total"]
tokens = np.logspace(2, 7, 60)
ring = ring_bytes(RANKS, 1, RANKS, 0) / RANKS
activations = tokens * config.dim * NUMBER
one = np.ones_like(tokens)
sent = {
    "ZeRO-3": (1.5 * ring * numel * NUMBER * one, "C5"),
    "data parallel": (ring * numel * NUMBER * one, "C0"),
    "tensor parallel": (4 * config.layers * ring * activations, "C1"),
    "pipeline": (2 * activations, "C2"),
}
figure, axis = plt.subplots(figsize=(4.5, 3.1), layout="constrained")
for name, (values, colour) in sent.items():
    axis.loglog(tokens, values / 1e9, color=colour, label=name)
axis.set(xlabel="tokens in a step", ylabel="GB sent by one rank in a step")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9)
axis.set_xticks([10**n for n in range(2, 8)], ["100", "1k", "10k", "100k", "1M", "10M"])
axis.set_yticks([10.0**n for n in range(-2, 5, 2)], ["0.01", "1", "100", "10,000"])
axis.minorticks_off()
