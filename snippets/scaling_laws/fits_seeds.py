import numpy as np

from reference_impl.scaling_laws import recorded

runs = [run for run in recorded("grid")["runs"] if run["tokens"] == 2**19]
by_width = {}
for run in runs:
    by_width.setdefault(run["dim"], []).append(run["excess"])
seeds = [abs(a - b) for a, b in by_width.values()]
steps = -np.diff([np.mean(pair) for pair in by_width.values()])
print(f"two seeds differ by {np.median(seeds):.3f}, neighbouring widths by {np.median(steps):.3f}")
#> two seeds differ by 0.009, neighbouring widths by 0.040
