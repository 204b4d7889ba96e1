from bisect import bisect_right

from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory, estimate_peak

config = GPTConfig.gpt2(dropout=0.0)
for precision in ("float32", "autocast"):
    for recompute in (False, True):
        options = {"precision": precision, "recompute": recompute}

        def floor(batch, options=options):
            return estimate_memory(config, batch, 1024, **options).floor

        def peak(batch, options=options):
            return estimate_peak(config, batch, 1024, loop="loop", **options).peak

        counts = [bisect_right(range(1, 3000), 80e9, key=key) for key in (floor, peak)]
        print(
            f"{precision:8} {'recompute' if recompute else 'keep':9} floor {counts[0]:4}, peak {counts[1]:3}"
        )
#> float32  keep      floor  128, peak 126
#> float32  recompute floor 1778, peak 777
#> autocast keep      floor  142, peak  81
#> autocast recompute floor  315, peak 118
