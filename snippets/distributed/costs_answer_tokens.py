from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

for links in (1, 8):
    machine = Machine.h100(1024, efficiency=0.6, share=0.63, links=links)
    reached = machine.peak * machine.efficiency
    print(links, round(reached / machine.wire(1, 1024).bandwidth), "tokens")
    for layers in (20, 80):
        model = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=layers, heads=64)
        shares = []
        for rows, length in ((1, 1024), (1, 2048), (1, 4096), (4, 4096), (8, 4096)):
            layout = Layout(data=1024, tensor=1, pipeline=1, stage=3, rows=rows)
            one = estimate(model, layout, machine, batch=1024 * rows, length=length)
            shares.append(f"{rows * length}: {one.time['data'] / one.time['compute']:.2f}")
        print(links, layers, *shares)
#> 1 18846 tokens
#> 1 20 1024: 17.06 2048: 7.85 4096: 3.26 16384: 0.07 32768: 0.00
#> 1 80 1024: 17.02 2048: 7.83 4096: 3.25 16384: 0.06 32768: 0.00
#> 8 2356 tokens
#> 8 20 1024: 1.26 2048: 0.11 4096: 0.00 16384: 0.00 32768: 0.00
#> 8 80 1024: 1.25 2048: 0.10 4096: 0.00 16384: 0.00 32768: 0.00
