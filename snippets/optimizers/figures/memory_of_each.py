import matplotlib.pyplot as plt
import torch
from torch import nn

makers = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "Adafactor": torch.optim.Adafactor,
    "SGD, momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Muon": torch.optim.Muon,
    "RMSprop": torch.optim.RMSprop,
    "Adagrad": torch.optim.Adagrad,
    "Adam, AdamW": torch.optim.AdamW,
    "Adam, amsgrad": lambda p: torch.optim.Adam(p, amsgrad=True),
}
sizes = {}
for name, make in makers.items():
    net = nn.Sequential(nn.Linear(512, 2048, bias=False), nn.Linear(2048, 512, bias=False))
    optimizer = make(net.parameters())
    net(torch.ones(1, 512)).sum().backward()
    optimizer.step()
    entries = [t for s in optimizer.state.values() for t in s.values()]
    sizes[name] = sum(t.nbytes for t in entries if isinstance(t, torch.Tensor)) / 2**20

fig, ax = plt.subplots(figsize=(4.5, 3.0))
bars = ax.barh(list(sizes), list(sizes.values()), color="C0", alpha=0.7)
ax.bar_label(bars, fmt="%.1f", padding=3)
ax.axvline(8, color=plt.rcParams["text.color"], ls=":", lw=1)
ax.set(xlim=(0, 28), xlabel="state in MiB (the parameters take 8)")
ax.invert_yaxis()
