import matplotlib.pyplot as plt
import torch
from transformers import MistralConfig, MistralForCausalLM

from reference_impl.attention import cache_bytes, crossover_length, weight_bytes

config = MistralConfig()
with torch.device("meta"):
    weights = weight_bytes(MistralForCausalLM(config), bytes_per_number=2)
sizes = (config.num_hidden_layers, config.num_key_value_heads, config.head_dim)

figure, axes = plt.subplots(figsize=(4.5, 3.6))
lengths = [2**i for i in range(8, 18)]
for batch, colour in ((1, "C0"), (8, "C2"), (64, "C1")):
    read = [cache_bytes(*sizes, t, batch) / 1e9 for t in lengths]
    axes.plot(lengths, read, colour, label=f"cache, batch {batch}")
    axes.plot(crossover_length(weights, *sizes, batch), weights / 1e9, "o", color=colour)
axes.axhline(weights / 1e9, color=plt.rcParams["text.color"], linestyle="--", label="weights")
axes.set_xscale("log", base=2)
axes.set_yscale("log")
axes.set_xticks([2**i for i in range(8, 18, 3)], ["256", "2,048", "16,384", "131,072"])
axes.set_yticks([0.1, 1, 10, 100, 1000], ["0.1", "1", "10", "100", "1,000"])
axes.minorticks_off()
axes.set_xlabel("tokens in the cache, of each sequence")
axes.set_ylabel("GB read in one step")
axes.legend(fontsize=9)
figure.tight_layout()
