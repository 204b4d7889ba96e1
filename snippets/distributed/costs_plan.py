from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig, count_parameters

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
print(f"{count_parameters(model)['total'] / 1e9:.1f} billion")
#> 70.3 billion
machine = Machine.h100(1024, efficiency=0.6, share=0.63)
found = plan_layouts(model, machine, batch=1024, length=4096)
print(len(found), "fit")
#> 533 fit
shown = set()
for one in found:
    sizes = (one.layout.data, one.layout.tensor, one.layout.pipeline)
    if sizes not in shown and len(shown) < 6:
        shown.add(sizes)
        used = one.rate / machine.peak
        print(f"{one.seconds:.2f} s  {used:.0%}  {one.bytes / 1e9:.0f} GB ", one.layout)
#> 4.31 s  44%  48 GB  d64 t4 p4 ZeRO-1 rows 1 v4
#> 4.40 s  43%  50 GB  d128 t8 p1 ZeRO-3 rows 4
#> 4.41 s  43%  72 GB  d32 t4 p8 ZeRO-0 rows 1 v2
#> 4.61 s  41%  63 GB  d128 t4 p2 ZeRO-1 rows 1 v4
#> 4.64 s  40%  51 GB  d32 t8 p4 ZeRO-0 rows 1 v4
#> 4.67 s  40%  46 GB  d64 t8 p2 ZeRO-1 rows 2 v4
