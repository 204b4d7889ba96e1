from reference_impl.attention import warmup_rate

rates = {step: warmup_rate(step, dim=512, warmup=4000) for step in (1, 4000, 16_000, 100_000)}
print({step: f"{rate:.1e}" for step, rate in rates.items()})
#> {1: '1.7e-07', 4000: '7.0e-04', 16000: '3.5e-04', 100000: '1.4e-04'}
