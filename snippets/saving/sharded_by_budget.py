import json

import torch

from reference_impl.saving import save_sharded

state = {
    "embedding": torch.zeros(50, 8),
    "layer.0": torch.zeros(8, 8),
    "layer.1": torch.zeros(8, 8),
    "head": torch.zeros(3, 8),
}
index = save_sharded(state, "model", max_bytes=600)
print(json.dumps(json.loads(index.read_text()), indent=1))
#> {
#>  "metadata": {
#>   "total_size": 2208
#>  },
#>  "weight_map": {
#>   "embedding": "model-00001-of-00003.safetensors",
#>   "layer.0": "model-00002-of-00003.safetensors",
#>   "layer.1": "model-00002-of-00003.safetensors",
#>   "head": "model-00003-of-00003.safetensors"
#>  }
#> }
