import math

from reference_impl.scaling_laws import (
    Language,
    gradient_norms,
    noise_scale,
    small_gpt,
    train_run,
)

language = Language()
for tokens in (2**10, 2**17):
    model = small_gpt(language, dim=16)
    train_run(model, language, tokens)
    small = gradient_norms(model, language, rows=4, batches=100, seed=1)
    big = gradient_norms(model, language, rows=256, batches=8, seed=2)
    rows = noise_scale(4, sum(small) / 100, 256, sum(big) / 8)
    print(f"{tokens} tokens: about {2 ** round(math.log2(rows))} rows")
#> 1024 tokens: about 2 rows
#> 131072 tokens: about 512 rows
