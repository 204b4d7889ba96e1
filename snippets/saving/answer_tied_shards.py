import json
from pathlib import Path

from torch import nn

from reference_impl.saving import ShardedCheckpoint, save_sharded

model = nn.ModuleDict({"embedding": nn.Embedding(9, 4), "head": nn.Linear(4, 9, bias=False)})
model["head"].weight = model["embedding"].weight
save_sharded(model.state_dict(), "model", max_bytes=1000)

print(json.loads(Path("model/model.safetensors.index.json").read_text())["metadata"])
#> {'total_size': 144, 'head.weight': 'embedding.weight'}
loaded = ShardedCheckpoint("model").load()
print(loaded["head.weight"] is loaded["embedding.weight"])
#> True
