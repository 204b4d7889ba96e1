import matplotlib.pyplot as plt
import torch

from reference_impl.mixed_precision import LevelTask, Recipe, train_level

task = LevelTask.make(seed=0)
recipes = {
    "float32": (Recipe(dtype=torch.float32, loss_scaling=False), "C5", "-"),
    "float16, all three": (Recipe(), "C0", "--"),
    "no loss scaling": (Recipe(loss_scaling=False), "C2", "-"),
    "no master weights": (Recipe(master_weights=False), "C1", "-"),
    "sums in float16": (Recipe(accumulate=torch.float16), "C3", "-"),
}
figure, axis = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
for name, (recipe, colour, style) in recipes.items():
    axis.plot(train_level(task, recipe), color=colour, linestyle=style, linewidth=1.6)
axis.set(yscale="log", xlabel="step", ylabel="mean squared error", xlim=(0, 150))
for name, step, height in [("sums in float16", 90, 4e-2), ("no master weights", 90, 8e-5), ("no loss scaling", 106, 3.2e-6),
                           ("float32, and float16\nwith all three", 52, 2e-7)]:  # fmt: skip  # a list reads as a list
    axis.text(step, height, name, fontsize=9)
axis.set_yticks([1e-8, 1e-6, 1e-4, 1e-2], ["1e-8", "1e-6", "1e-4", "1e-2"])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
