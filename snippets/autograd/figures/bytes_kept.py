import matplotlib.pyplot as plt
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(
    nn.Linear(256, 1024),
    nn.GELU(),
    nn.Linear(1024, 256),
    nn.Dropout(0.1),
    nn.LayerNorm(256),
    nn.Linear(256, 10),
)
x = torch.randn(64, 256)
not_counted = {t.untyped_storage().data_ptr() for t in (x, *net.parameters())}


def kept_by_layer():
    """Bytes of new storages saved for backward during each layer's forward."""
    held, per_layer, hidden = {}, [], x
    for layer in net:
        before = sum(s.nbytes() for s in held.values())

        def pack(t):
            storage = t.untyped_storage()
            if storage.data_ptr() not in not_counted:
                held[storage.data_ptr()] = storage
            return t

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            hidden = layer(hidden)
        per_layer.append(sum(s.nbytes() for s in held.values()) - before)
    return [n / 1024 for n in per_layer]


with_grad = kept_by_layer()
net[:5].requires_grad_(False)
head_only = kept_by_layer()
with torch.no_grad():
    without = kept_by_layer()

fig, ax = plt.subplots(figsize=(4.5, 4.2))
series = {"all trained": with_grad, "last layer trained": head_only, "no_grad": without}
for n, (name, sizes) in enumerate(series.items()):
    rows = [row + (n - 1) * 0.27 for row in range(len(net))]
    label = f"{name}: {sum(sizes):g} KiB"
    ax.barh(rows, sizes, height=0.24, color=f"C{n}", label=label)
    for row, size in zip(rows, sizes):
        ax.text(size + 4, row, f"{size:g}", va="center", fontsize=9, color=f"C{n}")
ax.set_yticks(range(len(net)), [f"{n} {type(layer).__name__}" for n, layer in enumerate(net)])
ax.set(xlabel="KiB newly kept for backward", xlim=(0, 330))
ax.invert_yaxis()
fig.legend(loc="outside upper center")
