from bisect import bisect_right

from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig.gpt2(dropout=0.0)
for precision in ("float32", "autocast"):
    for recompute in (False, True):

        def floor(batch, precision=precision, recompute=recompute):
            return estimate_memory(config, batch, 1024, precision, recompute=recompute).floor

        batch = bisect_right(range(1, 10_000), 80e9, key=floor)
        print(precision, "recompute" if recompute else "keep", batch)
#> float32 keep 128
#> float32 recompute 1778
#> autocast keep 142
#> autocast recompute 315
