from reference_impl.optimizers import warmup_cosine, warmup_stable_decay

short, long = warmup_stable_decay(10, 60, 30), warmup_stable_decay(10, 160, 30)
print(all(short(n, 1.0) == long(n, 1.0) for n in range(70)))
#> True

short, long = warmup_cosine(10, 100), warmup_cosine(10, 200)
print(sum(short(n, 1.0) == long(n, 1.0) for n in range(70)))
#> 11
