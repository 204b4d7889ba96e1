from pathlib import Path

import torch

from reference_impl.saving import ShardedCheckpoint, save_sharded

save_sharded({"a": torch.ones(4), "b": torch.ones(4)}, "model", max_bytes=16)
checkpoint = ShardedCheckpoint("model")
Path("model/model-00002-of-00002.safetensors").unlink()
print(checkpoint.load(["a"]))
#> {'a': tensor([1., 1., 1., 1.])}
try:
    checkpoint.load(["c"])
except KeyError as error:
    print(error.args[0])
    #> 'c' lies in no shard; near it: []
checkpoint.load()
#! FileNotFoundError: shard model-00002-of-00002.safetensors is missing from model: it holds ['b']
