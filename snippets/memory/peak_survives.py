from bisect import bisect_right

from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_peak

config = GPTConfig.gpt2("xl", dropout=0.0)
for step in (1, 2):

    def peak(batch, step=step):
        estimate = estimate_peak(config, batch, 1024, loop="fused", step=step, kernels="cuda")
        return estimate.peak

    print(
        f"step {step}: {bisect_right(range(1, 100), 78 * 2**30, key=peak)} sequences fit in 78 GiB"
    )
#> step 1: 15 sequences fit in 78 GiB
#> step 2: 12 sequences fit in 78 GiB
