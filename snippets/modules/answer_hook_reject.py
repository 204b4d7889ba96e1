import torch
from torch import nn

layer = nn.Linear(2, 2)
layer.register_load_state_dict_post_hook(
    lambda module, keys: keys.missing_keys.remove("bias") if "bias" in keys.missing_keys else None
)
print(layer.load_state_dict({"weight": torch.eye(2)}))
#> <All keys matched successfully>
print(layer.weight.tolist())
#> [[1.0, 0.0], [0.0, 1.0]]
