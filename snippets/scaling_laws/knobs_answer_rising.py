from reference_impl.scaling_laws import (
    Language,
    gradient_norms,
    noise_scale,
    small_gpt,
    train_run,
)

language, scales = Language(), []
for tokens in (2**10, 2**17):
    model = small_gpt(language, dim=16)
    train_run(model, language, tokens)
    small = gradient_norms(model, language, rows=4, batches=100, seed=1)
    big = gradient_norms(model, language, rows=256, batches=8, seed=2)
    scales.append(noise_scale(4, sum(small) / 100, 256, sum(big) / 8))
print("at least ten times as large later:", scales[1] > 10 * scales[0])
#> at least ten times as large later: True
