from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig.gpt2(dropout=0.0)
for count in (1, 4, 16):
    parts = estimate_memory(config, 32, 1024, parallel=Parallel(micro_batches=count))
    print(
        f"{count:2} micro-batches: activations {parts.activations / 1e9:4.1f}, floor {parts.floor / 1e9:4.1f} GB"
    )
#>  1 micro-batches: activations 19.7, floor 21.2 GB
#>  4 micro-batches: activations  5.0, floor  7.0 GB
#> 16 micro-batches: activations  1.4, floor  3.4 GB
