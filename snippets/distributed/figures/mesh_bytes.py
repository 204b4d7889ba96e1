import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import MeshGPT, MeshTraffic, make_groups, run_ranks
from reference_impl.gpt import GPT, GPTConfig

SIZES = {"data": 2, "pipe": 2, "tensor": 2}
CONFIG = GPTConfig(vocab=256, context=32, dim=32, layers=4, heads=4)
ROWS = (4, 8, 16)


def work(rank, state):
    groups = make_groups(SIZES)
    model = MeshGPT(CONFIG, state, groups, micro_batches=2)
    found = []
    for rows in ROWS:
        ids = torch.zeros(rows, 32, dtype=torch.long)
        with MeshTraffic(groups) as traffic:
            model.backward(ids, ids)
        found.append(traffic.sent)
        model.stage.zero_grad()
    return found


sent = run_ranks(work, 8, GPT(CONFIG).state_dict())[0]
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
for place, (name, colour) in enumerate({"data": "C0", "pipe": "C1", "tensor": "C2"}.items()):
    values = [found[name] / 1e3 for found in sent]
    bars = axis.bar([i + 0.27 * (place - 1) for i in range(3)], values, 0.25, color=colour)
    bars.set_label(f"{name} group")
    axis.bar_label(bars, [f"{value:.0f}" for value in values], fontsize=9, padding=2)
axis.set_xticks(range(3), [f"{rows} rows" for rows in ROWS])
axis.set_ylabel("KB that rank 0 sends in a step")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9)
