from reference_impl.distributed import LLM_FOUNDRY

best = {}
for run in LLM_FOUNDRY:
    kind = run.table, run.billions, run.recompute
    best[kind] = max(best.get(kind, 0), run.reached)
for run in LLM_FOUNDRY:
    efficiency = best[run.table, run.billions, run.recompute]
    one, eight = (run.modelled(efficiency, share=0.63, links=links) for links in (1, 8))
    if eight - one > 1:  # for the other 16 of the 24 it is the same
        needs = f"{run.zero_3_bandwidth / 1e9:.0f} GB/s"
        print(run.table, run.billions, run.layout, needs, run.rate, round(one), round(eight))
#> H100 6.7 d128 t1 p1 ZeRO-3 rows 6 34 GB/s 452 421 459
#> H100 6.7 d256 t1 p1 ZeRO-3 rows 6 33 GB/s 436 419 459
#> H100 6.7 d512 t1 p1 ZeRO-3 rows 6 31 GB/s 417 419 459
#> H100 12.9 d16 t1 p1 ZeRO-3 rows 2 84 GB/s 391 146 395
#> H100 12.9 d32 t1 p1 ZeRO-3 rows 2 88 GB/s 395 142 395
#> H100 12.9 d64 t1 p1 ZeRO-3 rows 2 89 GB/s 394 139 395
#> H100 64.9 d32 t1 p1 ZeRO-3 rows 2 recompute 81 GB/s 357 139 428
#> A100 64.9 d32 t1 p1 ZeRO-3 rows 2 recompute 34 GB/s 151 69 166
