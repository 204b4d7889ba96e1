from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

machine = Machine.h100(1024, efficiency=0.6, share=0.63)
print(round(machine.peak * machine.efficiency / machine.between.bandwidth), "tokens")
#> 18846 tokens
for layers in (20, 80):
    model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=layers, heads=64)
    for rows in (1, 2, 4, 8):
        layout = Layout(data=1024, tensor=1, pipeline=1, stage=3, rows=rows)
        one = estimate(model, layout, machine, batch=1024 * rows, length=4096)
        print(layers, rows * 4096, f"{one.time['data'] / one.time['compute']:.2f}")
#> 20 4096 3.26
#> 20 8192 1.13
#> 20 16384 0.07
#> 20 32768 0.00
#> 80 4096 3.25
#> 80 8192 1.12
#> 80 16384 0.06
#> 80 32768 0.00
