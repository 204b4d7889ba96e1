import matplotlib.pyplot as plt
import torch

from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=256, context=64, dim=128, layers=4, heads=4))
known = {p.untyped_storage().data_ptr() for p in model.parameters()}
casts = sum(p.nbytes for p in model.parameters()) / 2


def kept(ids, enabled):
    seen = {}

    def pack(t):
        seen[t.untyped_storage().data_ptr()] = t.untyped_storage()
        return t

    hooks = torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t)
    with torch.autocast("cpu", torch.bfloat16, enabled=enabled), hooks:
        model(ids)
    return sum(s.nbytes() for address, s in seen.items() if address not in known) / 2**20


rows = [1, 2, 4, 8, 16, 32]
batches = [torch.zeros(n, 64, dtype=torch.long) for n in rows]
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
axis.plot(rows, [kept(b, False) for b in batches], "o-", color="C0", label="float32")
axis.plot(rows, [kept(b, True) for b in batches], "s-", color="C1", label="autocast, bfloat16")
axis.axhline(casts / 2**20, color="C5", linestyle="--", linewidth=1)
axis.text(32, casts / 2**20 * 0.72, "16-bit copies of all weights", ha="right", fontsize=9)
axis.set(xscale="log", yscale="log", xlabel="rows in the batch", ylabel="MiB kept for backward")
axis.set_xticks(rows, [str(n) for n in rows])
axis.set_yticks([1, 10, 100], ["1", "10", "100"])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(frameon=False, fontsize=9)
