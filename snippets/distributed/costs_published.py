from reference_impl.distributed import NARAYANAN

for run in NARAYANAN[10:]:  # table 2
    one, eight = (run.modelled(efficiency=0.6, share=0.63, links=links) for links in (1, 8))
    print(run.billions, run.layout, run.rate, round(one), round(eight))
#> 174.6 d4 t8 p12 ZeRO-0 rows 1 recompute 153 155 155
#> 174.6 d8 t8 p12 ZeRO-0 rows 1 recompute 149 150 150
#> 174.6 d16 t8 p12 ZeRO-0 rows 1 recompute 141 141 141
#> 529.6 d2 t8 p35 ZeRO-0 rows 1 recompute 171 159 159
#> 529.6 d4 t8 p35 ZeRO-0 rows 1 recompute 167 154 154
#> 529.6 d8 t8 p35 ZeRO-0 rows 1 recompute 159 146 146
#> 174.6 d384 t1 p1 ZeRO-3 rows 4 recompute 144 177 187
#> 174.6 d768 t1 p1 ZeRO-3 rows 2 recompute 88 88 187
#> 174.6 d1536 t1 p1 ZeRO-3 rows 1 recompute 44 44 187
#> 529.6 d640 t1 p1 ZeRO-3 rows 4 recompute 138 175 187
#> 529.6 d1120 t1 p1 ZeRO-3 rows 2 recompute 98 87 187
#> 529.6 d2240 t1 p1 ZeRO-3 rows 1 recompute 48 44 187
