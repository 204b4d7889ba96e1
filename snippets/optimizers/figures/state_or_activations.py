import matplotlib.pyplot as plt
import torch
from torch import nn

net = nn.Sequential(nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 256))
optimizer = torch.optim.Adam(net.parameters())
known = {p.untyped_storage().data_ptr() for p in net.parameters()}
batches = [16, 64, 256, 1024, 4096]


def activation_bytes(batch):
    kept = {}

    def pack(t):
        kept[t.untyped_storage().data_ptr()] = t.untyped_storage()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        net(torch.ones(batch, 256)).sum().backward()
    return sum(s.nbytes() for address, s in kept.items() if address not in known)


activations = [activation_bytes(batch) / 2**20 for batch in batches]
optimizer.step()
state = sum(t.nbytes for e in optimizer.state.values() for t in e.values()) / 2**20
fig, ax = plt.subplots(figsize=(4.5, 3.0))
ax.plot(batches, activations, "o-", color="C0", label="activations kept")
ax.axhline(state, color="C1", label="Adam's state")
ax.axhline(state / 2, color="C2", ls="--", label="parameters")
ax.set(xscale="log", yscale="log", xlabel="rows in the batch", ylabel="MiB")
ax.set_xticks(batches, [str(b) for b in batches])
ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
ax.minorticks_off()
ax.legend(frameon=False)
