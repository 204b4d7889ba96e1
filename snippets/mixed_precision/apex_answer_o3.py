from reference_impl.mixed_precision import LevelTask, Recipe, train_level

levels = {"O2": Recipe(), "O3": Recipe(master_weights=False, loss_scaling=False)}
for level, recipe in levels.items():
    print(level, f"{train_level(LevelTask.make(seed=0), recipe)[-1]:.0e}")
#> O2 6e-08
#> O3 4e-05
