import matplotlib.pyplot as plt
import torch
from torch.autograd.graph import saved_tensors_hooks

from reference_impl.distributed import ParallelGPT, run_ranks
from reference_impl.gpt import GPTConfig

CONFIG = GPTConfig(vocab=64, context=64, dim=64, layers=4, heads=8)


def work(rank, sequence):
    model, ids = ParallelGPT(CONFIG, sequence=sequence), torch.zeros(2, 64, dtype=torch.long)
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept = {}

    def pack(x):
        storage = x.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return x

    with saved_tensors_hooks(pack, lambda x: x):
        loss = model.loss(ids, ids)
    return sum(kept.values()), loss.item()


figure, axis = plt.subplots(figsize=(4.5, 2.7))
counts = [1, 2, 4, 8]
for name, sequence, shift, colour in (
    ("tensor parallel", False, -0.22, "C0"),
    ("and sequence parallel", True, 0.22, "C2"),
):
    kib = [run_ranks(work, ranks, sequence)[0][0] / 1024 for ranks in counts]
    bars = axis.bar([i + shift for i in range(4)], kib, 0.42, color=colour, label=name)
    axis.bar_label(bars, ["", *(f"{x:,.0f}" for x in kib[1:])], fontsize=9)
axis.text(0, kib[0] + 25, f"both {kib[0]:,.0f}", ha="center", va="bottom", fontsize=9)
axis.set_xticks(range(4), [str(ranks) for ranks in counts])
axis.set(xlabel="ranks", ylabel="KiB kept by rank 0", ylim=(0, 2400))
axis.set_yticks([0, 500, 1000, 1500, 2000], ["0", "500", "1,000", "1,500", "2,000"])
axis.legend()
