from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig(vocab=32_000, context=2048, dim=8192, layers=80, heads=64)
layouts = {
    "ZeRO-1": Parallel(data=64, zero=1),
    "ZeRO-3": Parallel(data=64, zero=3),
    "tensor 8, ZeRO-1": Parallel(data=8, zero=1, tensor=8, micro_batches=8),
    "tensor 8, pipeline 8": Parallel(tensor=8, pipeline=8, micro_batches=64),
}
print("GiB                    states  activations  recomputed  in flight")
#> GiB                    states  activations  recomputed  in flight
for name, parallel in layouts.items():
    parts = estimate_memory(config, 64, 2048, "master", parallel=parallel)
    less = estimate_memory(config, 64, 2048, "master", parallel=parallel, recompute=True)
    sizes = (parts.states, parts.activations, less.activations, parts.in_flight)
    states, kept, inputs, flight = (size / 2**30 for size in sizes)
    print(f"{name:21} {states:7.1f} {kept:12.1f} {inputs:11.1f} {flight:10.1f}")
#> ZeRO-1                  252.4         40.6         3.1        0.0
#> ZeRO-3                   15.1         40.6         3.1        3.5
#> tensor 8, ZeRO-1         41.5         13.8         2.6        0.0
#> tensor 8, pipeline 8     15.7         13.8         2.5        0.0
