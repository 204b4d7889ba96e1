from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_peak

config = GPTConfig.gpt2(dropout=0.0)
for loop in ("foreach", "fused"):
    for batch, length in ((1, 256), (1, 1024), (2, 573), (2, 1024), (8, 1024)):
        e = estimate_peak(config, batch, length, loop=loop)
        print(f"{loop:7} {batch * length:4} tokens {e.peak / 1e6:5.0f} MB, {e.moment}: {e.during}")
#> foreach  256 tokens  2489 MB, step: divisors
#> foreach 1024 tokens  2489 MB, step: divisors
#> foreach 1146 tokens  2489 MB, loss: zeros
#> foreach 2048 tokens  3031 MB, loss: zeros
#> foreach 8192 tokens  6716 MB, loss: zeros
#> fused    256 tokens  2146 MB, backward: gradient of the embedding
#> fused   1024 tokens  2416 MB, loss: zeros
#> fused   1146 tokens  2489 MB, loss: zeros
#> fused   2048 tokens  3031 MB, loss: zeros
#> fused   8192 tokens  6716 MB, loss: zeros
