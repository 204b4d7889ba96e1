import torch

from reference_impl.mixed_precision import LevelTask, Recipe, train_level

task, bf16 = LevelTask.make(seed=0), torch.bfloat16
plain = train_level(task, Recipe(dtype=bf16, loss_scaling=False))
print("loss scaling changes nothing:", plain == train_level(task, Recipe(dtype=bf16)))
#> loss scaling changes nothing: True
for name, recipe in {
    "all but scaling": Recipe(dtype=bf16, loss_scaling=False),
    "no master weights": Recipe(dtype=bf16, loss_scaling=False, master_weights=False),
    "sums in bfloat16": Recipe(dtype=bf16, loss_scaling=False, accumulate=bf16),
}.items():
    print(f"{name:18} {train_level(task, recipe, steps=60)[-1]:.0e}")
#> all but scaling    1e-04
#> no master weights  3e-03
#> sums in bfloat16   4e-01
