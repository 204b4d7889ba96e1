import torch

from reference_impl.mixed_precision import LevelTask, Recipe, train_level

recipes = {
    "float32": Recipe(dtype=torch.float32, loss_scaling=False),
    "float16, all three": Recipe(),
    "no master weights": Recipe(master_weights=False),
    "no loss scaling": Recipe(loss_scaling=False),
    "sums in float16": Recipe(accumulate=torch.float16),
}
for name, recipe in recipes.items():
    losses = train_level(LevelTask.make(seed=0), recipe)
    print(f"{name:18} {losses[0]:.0e} -> {losses[-1]:.0e}")
#> float32            4e-02 -> 2e-08
#> float16, all three 4e-02 -> 6e-08
#> no master weights  4e-02 -> 5e-05
#> no loss scaling    4e-02 -> 1e-06
#> sums in float16    2e-01 -> 2e-02
