from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig, count_parameters

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
print(f"{count_parameters(model)['total'] / 1e9:.1f} billion")
#> 70.3 billion
for links in (1, 8):
    machine = Machine.h100(1024, efficiency=0.6, share=0.63, links=links)
    best = {}  # of each data x tensor x pipeline
    for one in plan_layouts(model, machine, batch=1024, length=4096):
        best.setdefault((one.layout.data, one.layout.tensor, one.layout.pipeline), one)
    for one in list(best.values())[:4]:
        used = one.rate / machine.peak
        print(links, f"{one.seconds:.2f} s  {used:.0%}  {one.bytes / 1e9:.0f} GB ", one.layout)
#> 1 4.31 s  44%  48 GB  d64 t4 p4 ZeRO-1 rows 1 v4
#> 1 4.40 s  43%  72 GB  d32 t4 p8 ZeRO-0 rows 1 v2
#> 1 4.40 s  43%  50 GB  d128 t8 p1 ZeRO-3 rows 4
#> 1 4.61 s  41%  63 GB  d128 t4 p2 ZeRO-1 rows 1 v4
#> 8 3.49 s  54%  52 GB  d512 t2 p1 ZeRO-3 rows 1
#> 8 3.77 s  50%  57 GB  d256 t2 p2 ZeRO-3 rows 1 v4
#> 8 3.80 s  49%  51 GB  d256 t4 p1 ZeRO-3 rows 2
#> 8 3.97 s  47%  60 GB  d128 t2 p4 ZeRO-3 rows 1 v4
