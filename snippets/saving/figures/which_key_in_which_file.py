import tempfile

import matplotlib.pyplot as plt
from torch import nn

from reference_impl.saving import ShardedCheckpoint, save_sharded

model = nn.ModuleDict(
    {
        "embedding": nn.Embedding(60, 16),
        "layer": nn.TransformerEncoderLayer(16, 2, dim_feedforward=32),
        "head": nn.Linear(16, 60),
    }
)
state, budget = model.state_dict(), 4096
with tempfile.TemporaryDirectory() as folder:
    save_sharded(state, folder, max_bytes=budget)
    files = ShardedCheckpoint(folder).weight_map
names = sorted(set(files.values()))

fig, ax = plt.subplots(figsize=(4.5, 2.8))
filled = dict.fromkeys(names, 0)
colours = {"embedding": "C0", "layer": "C1", "head": "C2"}
for key, name in files.items():
    size, row = state[key].nbytes, names.index(name)
    colour = colours[key.split(".")[0]]
    ax.barh(row, size, left=filled[name], color=colour, alpha=0.35, edgecolor=colour)
    if size > 500:
        parts = [part for part in key.split(".") if part not in ("layer", "self_attn", "weight")]
        label = parts[0].removesuffix("_weight")
        ax.text(filled[name] + size / 2, row, label, ha="center", va="center", fontsize=9)
    filled[name] += size
ax.axvline(budget, color=plt.rcParams["text.color"], linestyle="--", alpha=0.6)
ax.set_yticks(range(len(names)), [name.split("-of-")[0] for name in names])
ax.set(xlabel="bytes of tensors (dashed: the budget)", xlim=(0, budget * 1.04))
ax.invert_yaxis()
