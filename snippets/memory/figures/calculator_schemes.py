"""GPT-3 6.7B over 8 ranks in seven ways, computed: the bytes of one rank, by part."""

import matplotlib.pyplot as plt

from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

CONFIG = GPTConfig.gpt3("6.7B", band=None, vocab=50_304)
PARTS = {
    "parameters": "weights",
    "gradients": "gradients",
    "master": "master",
    "optimizer": "optimizer",
    "activations": "activations",
    "in_flight": "in flight",
}
schemes = {
    "one rank": (Parallel(), False),
    "recompute": (Parallel(), True),
    "ZeRO-1": (Parallel(data=8, zero=1), False),
    "ZeRO-2": (Parallel(data=8, zero=2), False),
    "ZeRO-3": (Parallel(data=8, zero=3), False),
    "tensor": (Parallel(tensor=8, micro_batches=8), False),
    "pipeline": (Parallel(pipeline=8, micro_batches=8), False),
}
figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
for row, (parallel, recompute) in enumerate(schemes.values()):
    parts = estimate_memory(CONFIG, 8, 2048, "master", parallel=parallel, recompute=recompute)
    left = 0.0
    for number, (part, name) in enumerate(PARTS.items()):
        width = getattr(parts, part) / 2**30
        label = name if row == 0 else None
        axis.barh(row, width, 0.7, left, color=f"C{number}", alpha=0.75, label=label)
        left += width
axis.set_yticks(range(len(schemes)), list(schemes))
axis.set(ylim=(len(schemes) - 0.4, -0.6), xlabel="GiB on one rank")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.42, 1.0))
