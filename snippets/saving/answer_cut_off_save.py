from pathlib import Path

import torch

from reference_impl.saving import ShardedCheckpoint, save_sharded

index = save_sharded({"a": torch.ones(4), "b": torch.ones(4)}, "model", max_bytes=16)
index.unlink()  # as if the machine had stopped before the last line of the save
print(len(list(Path("model").iterdir())))
#> 2
ShardedCheckpoint("model")
#! FileNotFoundError: no model.safetensors.index.json in model: no sharded checkpoint, or a save cut
