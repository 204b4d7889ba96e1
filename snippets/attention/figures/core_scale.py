import matplotlib.pyplot as plt
import torch

from reference_impl.attention import attention_weights

torch.manual_seed(0)
sizes = [2**n for n in range(11)]
largest = {"scaled": [], "not scaled": []}
for size in sizes:
    q, k = torch.randn(2, 1, 8, 256, size)
    for name, scale in (("scaled", size**-0.5), ("not scaled", 1.0)):
        largest[name].append(attention_weights(q, k, scale=scale).amax(-1).mean().item())

figure, axis = plt.subplots(figsize=(4.5, 2.8))
axis.plot(sizes, largest["not scaled"], "C1o-", label="scores as they are", markersize=4)
axis.plot(sizes, largest["scaled"], "C0o-", label="divided by √head_dim", markersize=4)
axis.set_xscale("log", base=2)
axis.set(xlabel="head_dim", ylabel="largest weight of a row", ylim=(0, 1))
axis.set_xticks([1, 4, 16, 64, 256, 1024], ["1", "4", "16", "64", "256", "1,024"])
axis.legend()
