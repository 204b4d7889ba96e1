from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig.gpt2(dropout=0.0)
for batch in (1, 2, 4, 8, 32):
    parts = estimate_memory(config, batch, 1024)
    share = 100 * parts.activations / (parts.states + parts.activations)
    print(f"batch {batch:2}  states {parts.states / 1e9:.1f} GB", end="  ")
    print(f"activations {parts.activations / 1e9:4.1f} GB, {share:.0f} %")
#> batch  1  states 2.0 GB  activations  0.8 GB, 28 %
#> batch  2  states 2.0 GB  activations  1.4 GB, 41 %
#> batch  4  states 2.0 GB  activations  2.6 GB, 57 %
#> batch  8  states 2.0 GB  activations  5.0 GB, 72 %
#> batch 32  states 2.0 GB  activations 19.7 GB, 91 %
