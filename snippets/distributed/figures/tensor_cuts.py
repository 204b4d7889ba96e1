import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import shard_state
from reference_impl.gpt import GPT, GPTConfig

RANKS, DIM = 4, 8
model = GPT(GPTConfig(vocab=16, context=8, dim=DIM, layers=1, heads=4))
# Each number says which rank keeps it: it is numbered, cut, and found again.
owners = {}
state = {name: torch.arange(w.numel()).reshape(w.shape) for name, w in model.state_dict().items()}
for rank in range(RANKS):
    for name, part in shard_state(state, rank, RANKS).items():
        owner = owners.setdefault(name, torch.full(state[name].shape, -1).flatten())
        owner[part.flatten()] = rank

figure, axes = plt.subplots(2, 2, figsize=(4.5, 3.2), width_ratios=[4, 1.2])
panels = {
    "qkv": "attention.qkv.weight",
    "out": "attention.out.weight",
    "up": "mlp.up.weight",
    "down": "mlp.down.weight",
}
paper = plt.rcParams["axes.facecolor"]
for axis, (title, name) in zip(axes.flat, panels.items(), strict=True):
    name = f"blocks.0.{name}"
    owner = owners[name].reshape(state[name].shape).T  # (inputs, outputs), as in x @ A
    by_columns = bool((owner == owner[0]).all())
    band = owner[0] if by_columns else owner[:, 0]
    for i, rank in enumerate(band.tolist()):
        corner, size = ((i, 0), (1, len(owner))) if by_columns else ((0, i), (owner.shape[1], 1))
        box = {"facecolor": f"C{rank}", "edgecolor": paper, "linewidth": 0.5, "alpha": 0.6}
        axis.add_patch(plt.Rectangle(corner, *size, **box))
    inputs, outputs = owner.shape
    axis.set(xlim=(0, outputs), ylim=(inputs, 0), xticks=[], yticks=[], aspect="equal")
    axis.set_title(f"{title}: {inputs} x {outputs}")
    axis.spines[:].set_visible(False)
handles = [plt.Rectangle((0, 0), 1, 1, color=f"C{rank}", alpha=0.6) for rank in range(RANKS)]
labels = [f"rank {rank}" for rank in range(RANKS)]
figure.legend(handles, labels, loc="outside lower center", ncols=4, handlelength=1)
