from pathlib import Path

import torch

from reference_impl.saving import CheckpointFolder

sizes = []
real_unlink = Path.unlink


def unlink(path, **options):
    sizes.append(sum(file.stat().st_size for file in Path("checkpoints").iterdir()))
    real_unlink(path, **options)


Path.unlink = unlink
checkpoints = CheckpointFolder("checkpoints", keep=3)
for step in range(5):
    newest = checkpoints.save(step, {"weight": torch.zeros(100_000)})
Path.unlink = real_unlink
print(round(max(sizes) / newest.stat().st_size, 1))
#> 4.0
