from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig.gpt3("6.7B", band=None, vocab=50_304)
layouts = {
    "one rank": Parallel(),
    "ZeRO-1 over 8": Parallel(data=8, zero=1),
    "ZeRO-3 over 8": Parallel(data=8, zero=3),
    "tensor, 8": Parallel(tensor=8, micro_batches=8),
    "pipeline, 8": Parallel(pipeline=8, micro_batches=8),
}
for name, parallel in layouts.items():
    parts = estimate_memory(config, 8, 2048, "master", parallel=parallel)
    print(f"{name:13}  states {parts.states / 1e9:5.1f} GB", end="  ")
    print(f"activations {parts.activations / 1e9:5.1f} GB")
#> one rank       states 106.5 GB  activations  69.5 GB
#> ZeRO-1 over 8  states  36.6 GB  activations   9.0 GB
#> ZeRO-3 over 8  states  13.3 GB  activations   9.0 GB
#> tensor, 8      states  13.4 GB  activations   3.0 GB
#> pipeline, 8    states  16.3 GB  activations   8.6 GB
