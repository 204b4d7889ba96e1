import contextlib
import io
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from reference_impl.mixed_precision import float_format

# The gradients of the program that the page shows; what it prints is not wanted here.
with contextlib.redirect_stdout(io.StringIO()):
    program = runpy.run_path(str(Path(__file__).parents[1] / "formats_real_gradients.py"))
gradients = program["gradients"]
exponents = torch.frexp(gradients[gradients > 0]).exponent - 1
values, counts = exponents.unique(return_counts=True)

figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(4.5, 3.4), layout="constrained", sharex=True, height_ratios=(2, 1)
)
top.bar((values + 0.5).tolist(), (100 * counts / len(gradients)).tolist(), color="C0", width=0.9)
top.set(ylabel="% of gradients")
top.spines[["top", "right"]].set_visible(False)
for place, name in enumerate(["fp16", "e5m2", "e4m3"]):
    fmt = float_format(name)
    smallest, normal, largest = (
        torch.tensor([fmt.smallest, fmt.smallest_normal, fmt.max]).log2().tolist()
    )
    bottom.barh(place, largest - normal, left=normal, color="C2", height=0.6)
    bottom.barh(place, normal - smallest, left=smallest, color="C1", height=0.6)
bottom.set(yticks=range(3), yticklabels=["fp16", "e5m2", "e4m3"], xlim=(-34, 18))
bottom.set_xlabel("exponent: log2 of the magnitude")
bottom.invert_yaxis()
bottom.spines[["top", "right"]].set_visible(False)
