from reference_impl.mixed_precision import LevelTask, Recipe, train_level

task = LevelTask.make(seed=0)
levels = task.signals.mean(1)
power = levels.square().mean().item()

# Each weight is off by d. The update, rate * 2 * d * power / 4096, is lost below half a spacing.
lost = 2**-11 / (200 * 2 * power / 4096)
# The gradient of the sum for one signal, 2 * d * level / 32 / 4096, is zero below 2**-25.
zero = 2**-25 / (2 * levels.max().item() / 32 / 4096)
for name, d, recipe in [
    ("no master weights", lost, Recipe(master_weights=False)),
    ("no loss scaling", zero, Recipe(loss_scaling=False)),
]:
    print(f"{name}: predicted {d**2 * power:.1e}, found {train_level(task, recipe)[-1]:.1e}")
#> no master weights: predicted 5.1e-05, found 4.6e-05
#> no loss scaling: predicted 2.4e-06, found 1.5e-06
