import matplotlib.pyplot as plt
import torch


def path(make, reset):
    """One weight over 25 steps; from step 5 on the loss no longer depends on it."""
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = make([w])
    seen = [w.item()]
    for step in range(25):
        optimizer.zero_grad(set_to_none=reset == "None")
        if step < 5:
            w.sum().backward()
        optimizer.step()
        seen.append(w.item())
    return seen


optimizers = {
    "SGD, momentum 0.9": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "SGD, weight decay 0.5": lambda p: torch.optim.SGD(p, lr=0.02, weight_decay=0.5),
}

fig, ax = plt.subplots(figsize=(4.5, 4.0))
for n, (name, make) in enumerate(optimizers.items()):
    ax.plot(path(make, "zero"), color=f"C{n}", label=f"{name}, zero")
    ax.plot(path(make, "None"), color=f"C{n}", linestyle="--", label=f"{name}, None")
ax.axvline(5, color=plt.rcParams["text.color"], linewidth=1, alpha=0.4)
ax.text(5.3, ax.get_ylim()[1], "no gradient from here on", fontsize=9, va="top")
ax.set(xlabel="optimizer step", ylabel="the weight")
fig.legend(loc="outside upper center", ncols=1)
