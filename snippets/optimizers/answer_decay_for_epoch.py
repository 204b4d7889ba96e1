from reference_impl.optimizers import decay_for, half_life

print(round(decay_for(500.0), 5))
#> 0.99861
print(round(half_life(0.999) / 500, 2))
#> 1.39
