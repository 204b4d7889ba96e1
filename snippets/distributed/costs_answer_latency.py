from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
for latency in (0, 1e-6, 5e-6):
    machine = Machine.h100(1024, efficiency=0.6, share=0.63, latency=latency)
    found = plan_layouts(model, machine, batch=1024, length=4096)
    print(latency, *(f"{one.seconds:.2f} s {one.layout}" for one in found[:2]), sep="  ")
#> 0  3.49 s d512 t2 p1 ZeRO-3 rows 1  3.77 s d256 t2 p2 ZeRO-3 rows 1 v4
#> 1e-06  3.74 s d512 t2 p1 ZeRO-3 rows 1  3.89 s d256 t2 p2 ZeRO-3 rows 1 v4
#> 5e-06  4.07 s d64 t4 p4 ZeRO-1 rows 1 v4  4.09 s d128 t4 p2 ZeRO-1 rows 1 v4
