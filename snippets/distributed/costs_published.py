from reference_impl.distributed import NARAYANAN, Machine, estimate

for run in NARAYANAN[3:]:
    machine = Machine.a100(run.gpus, efficiency=0.6, share=0.63)
    found = estimate(run.config, run.layout, machine, run.batch, length=2048)
    print(run.table, run.billions, run.layout, run.rate, round(found.rate_done / 1e12))
#> 1 18.4 d32 t8 p1 ZeRO-0 rows 1 recompute 135 141
#> 1 39.1 d32 t8 p2 ZeRO-0 rows 1 recompute 138 146
#> 1 76.1 d32 t8 p4 ZeRO-0 rows 1 recompute 140 146
#> 1 145.6 d24 t8 p8 ZeRO-0 rows 1 recompute 148 147
#> 1 310.1 d15 t8 p16 ZeRO-0 rows 1 recompute 155 147
#> 1 529.6 d9 t8 p35 ZeRO-0 rows 1 recompute 163 145
#> 1 1008.0 d6 t8 p64 ZeRO-0 rows 1 recompute 163 146
#> 2 174.6 d4 t8 p12 ZeRO-0 rows 1 recompute 153 155
#> 2 174.6 d8 t8 p12 ZeRO-0 rows 1 recompute 149 150
#> 2 174.6 d16 t8 p12 ZeRO-0 rows 1 recompute 141 141
#> 2 174.6 d384 t1 p1 ZeRO-3 rows 4 recompute 144 177
#> 2 174.6 d768 t1 p1 ZeRO-3 rows 2 recompute 88 88
#> 2 174.6 d1536 t1 p1 ZeRO-3 rows 1 recompute 44 44
