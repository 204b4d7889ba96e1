import matplotlib.pyplot as plt

from reference_impl.distributed import context_parallel_bytes

ranks = [2, 4, 8, 16, 32]
figure, axis = plt.subplots(figsize=(4.5, 2.8))
for scheme, style, name in (("ring", "o-", "ring, all-gather"), ("ulysses", "s--", "Ulysses")):
    sent = [
        context_parallel_bytes(scheme, n, length=131072, heads=32, head_dim=128) / 1e9
        for n in ranks
    ]
    axis.plot(ranks, sent, style, label=name)
axis.set_xscale("log", base=2)
axis.set_xticks(ranks, ranks)
axis.minorticks_off()
axis.set(xlabel="ranks", ylabel="GB sent by each rank", ylim=(0, None))
axis.legend(frameon=False)
figure.tight_layout()
