from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
for gpus in (256, 1024, 4096):
    machine = Machine.h100(gpus, efficiency=0.6, share=0.63)
    best = plan_layouts(model, machine, batch=1024, length=4096)[0]
    print(gpus, f"{best.seconds:.2f} s  {best.rate / machine.peak:.0%} ", best.layout)
#> 256 13.89 s  54%  d128 t2 p1 ZeRO-3 rows 1
#> 1024 3.49 s  54%  d512 t2 p1 ZeRO-3 rows 1
#> 4096 1.25 s  38%  d256 t4 p4 ZeRO-1 rows 1 v4
