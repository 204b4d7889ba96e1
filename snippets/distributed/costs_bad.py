from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
for layout in (
    Layout(data=512, tensor=2, pipeline=1, stage=3),
    Layout(data=64, tensor=4, pipeline=4, stage=1, chunks=4),
    Layout(data=1024, tensor=1, pipeline=1, stage=3, recompute=True),
    Layout(data=16, tensor=64, pipeline=1, stage=1, rows=4),
    Layout(data=64, tensor=1, pipeline=16, stage=1),
    Layout(data=64, tensor=4, pipeline=4, stage=3, chunks=4),
    Layout(data=256, tensor=4, pipeline=1, stage=0),
):
    print(layout)
    for links in (1, 8):
        machine = Machine.h100(1024, efficiency=0.6, share=0.63, links=links)
        one = estimate(model, layout, machine, batch=1024, length=4096)
        parts = [f"{name} {part:.1f}" for name, part in one.time.items() if part > 0.05]
        print(f"  {links}: {one.bytes / 1e9:.0f} GB, {one.seconds:.1f} s:", ", ".join(parts))
#> d512 t2 p1 ZeRO-3 rows 1
#>   1: 52 GB, 13.5 s: compute 3.1, tensor 0.2, data 10.2
#>   8: 52 GB, 3.5 s: compute 3.1, tensor 0.2, data 0.2
#> d64 t4 p4 ZeRO-1 rows 1 v4
#>   1: 48 GB, 4.3 s: compute 3.1, tensor 0.5, pipeline 0.1, bubble 0.2, data 0.4
#>   8: 48 GB, 4.0 s: compute 3.1, tensor 0.5, pipeline 0.1, bubble 0.2, data 0.2
#> d1024 t1 p1 ZeRO-3 rows 1 recompute
#>   1: 12 GB, 13.4 s: compute 4.2, data 9.2
#>   8: 12 GB, 4.2 s: compute 4.2
#> d16 t64 p1 ZeRO-1 rows 4
#>   1: 11 GB, 89.6 s: compute 3.1, tensor 86.4, data 0.1
#>   8: 11 GB, 14.0 s: compute 3.1, tensor 10.8, data 0.1
#> d64 t1 p16 ZeRO-1 rows 1
#>   1: 117 GB, 6.8 s: compute 3.1, pipeline 0.1, bubble 3.2, data 0.5
#>   8: 117 GB, 6.4 s: compute 3.1, pipeline 0.1, bubble 3.2
#> d64 t4 p4 ZeRO-3 rows 1 v4
#>   1: 31 GB, 14.3 s: compute 3.1, tensor 0.5, pipeline 0.1, bubble 0.2, data 10.4
#>   8: 31 GB, 7.5 s: compute 3.1, tensor 0.5, pipeline 0.1, bubble 0.2, data 3.6
#> d256 t4 p1 ZeRO-0 rows 1
#>   1: 306 GB, 5.3 s: compute 3.1, tensor 0.5, data 1.7
#>   8: 306 GB, 4.2 s: compute 3.1, tensor 0.5, data 0.6
