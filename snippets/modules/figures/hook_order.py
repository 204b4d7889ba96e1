import matplotlib.pyplot as plt
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
log = []
module_kinds = ["forward_pre", "forward", "full_backward_pre", "full_backward"]
module_kinds += ["state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"]
for lane, module in enumerate([net, net[0]]):
    for kind in module_kinds:
        register = getattr(module, f"register_{kind}_hook")
        register(lambda *_, lane=lane, kind=kind: log.append((lane, kind)))
weight = net[0].weight
weight.register_hook(lambda grad: log.append((2, "tensor hook")))
weight.register_post_accumulate_grad_hook(lambda p: log.append((2, "post_accumulate_grad")))

phases = {}
loss = net(torch.randn(3, 2, requires_grad=True)).sum()
phases["forward"] = len(log)
loss.backward()
phases["backward"] = len(log)
state = net.state_dict()
phases["state_dict"] = len(log)
net.load_state_dict(state)
phases["load"] = len(log)

fig, ax = plt.subplots(figsize=(4.5, 5.4))
lanes = ["net", "net[0]", "weight"]
start = 0
for colour, (phase, end) in zip(["C0", "C1", "C2", "C3"], phases.items()):
    rows = range(start, end)
    ax.axhspan(start - 0.5, end - 0.5, color=colour, alpha=0.08, linewidth=0)
    ax.plot([log[row][0] for row in rows], rows, "o-", color=colour, linewidth=1)
    for row in rows:
        ax.text(2.35, row, log[row][1].replace("load_state_dict", "load"), va="center", fontsize=9)
    ax.text(
        -0.75, (start + end - 1) / 2, phase, color=colour, rotation=90, ha="center", va="center"
    )
    start = end
ax.set_xticks(range(3), lanes)
ax.xaxis.tick_top()
ax.set(xlim=(-1, 5.2), ylim=(len(log) - 0.5, -0.5), yticks=[])
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
