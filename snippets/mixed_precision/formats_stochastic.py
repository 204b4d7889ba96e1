import torch

from reference_impl.mixed_precision import float_format, stochastic_round

bf16, generator = float_format("bf16"), torch.Generator().manual_seed(0)
x = torch.full((100_000,), 1 + 0.3 * 2**-7)  # three tenths of the way
rounded = stochastic_round(x, bf16, generator)
print(rounded.unique(return_counts=True)[1].tolist())
#> [70101, 29899]

totals = torch.zeros(1000)  # a thousand sums at once
for _ in range(2000):
    totals = stochastic_round(totals + 1, bf16, generator)
print(f"mean {totals.mean():.0f}, spread {totals.std():.0f}")
#> mean 1996, spread 94
