from reference_impl.distributed import gpipe, simulate

for ranks in (2, 4, 8):
    timeline = simulate(gpipe(ranks, micro_batches=1))
    print(ranks, "ranks:", timeline.total, f"waiting {timeline.bubble:.1%}")
#> 2 ranks: 6.0 waiting 50.0%
#> 4 ranks: 12.0 waiting 75.0%
#> 8 ranks: 24.0 waiting 87.5%
print(simulate(gpipe(4, micro_batches=1)).text())
#> 0  F0 .  .  .  .  .  .  .  .  .  B0 B0
#> 1  .  F0 .  .  .  .  .  .  B0 B0 .  .
#> 2  .  .  F0 .  .  .  B0 B0 .  .  .  .
#> 3  .  .  .  F0 B0 B0 .  .  .  .  .  .
