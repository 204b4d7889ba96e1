from reference_impl.gpt import GPTConfig
from reference_impl.memory import Parallel, estimate_memory

config = GPTConfig.gpt2(dropout=0.0)
for count in (1, 4, 16):
    parts = estimate_memory(config, 32, 1024, parallel=Parallel(micro_batches=count))
    print(f"{count:2} micro-batches: activations {parts.activations / 1e9:4.1f} GB")
#>  1 micro-batches: activations 19.7 GB
#>  4 micro-batches: activations  5.0 GB
#> 16 micro-batches: activations  1.4 GB
