from reference_impl.distributed import Machine, plan_layouts
from reference_impl.gpt import GPTConfig

model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
for gpus in (256, 1024, 4096):
    machine = Machine.h100(gpus, efficiency=0.6, share=0.63)
    best = plan_layouts(model, machine, batch=1024, length=4096)[0]
    print(gpus, f"{best.seconds:.2f} s  {best.rate / machine.peak:.0%} ", best.layout)
#> 256 15.41 s  49%  d16 t4 p4 ZeRO-1 rows 1 v4
#> 1024 4.31 s  44%  d64 t4 p4 ZeRO-1 rows 1 v4
#> 4096 1.40 s  33%  d128 t8 p4 ZeRO-0 rows 1 v4
