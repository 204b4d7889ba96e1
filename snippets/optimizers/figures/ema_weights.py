import matplotlib.pyplot as plt
import torch

from reference_impl.optimizers import half_life

fig, ax = plt.subplots(figsize=(4.5, 3.0))
age = torch.arange(0, 61)
for beta, colour in ((0.5, "C2"), (0.9, "C0"), (0.97, "C1")):
    # the weight of each value is what is left of a single 1 after `age` updates with zeros
    average, weights = 1 - beta, []
    for _ in age:
        weights.append(average / (1 - beta))
        average = beta * average
    ax.plot(age, weights, color=colour, label=f"decay {beta}")
    ax.plot(half_life(beta), 0.5, "o", color=colour)
ax.axhline(0.5, color=plt.rcParams["text.color"], ls=":", lw=1)
ax.set(xlabel="age of a value, in updates", ylabel="weight, newest = 1", ylim=(0, 1.05))
ax.legend(frameon=False)
