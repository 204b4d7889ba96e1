import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(2)
        self.register_load_state_dict_pre_hook(rename)


def rename(module, state_dict, prefix, metadata, strict, missing, unexpected, errors):
    for key in list(state_dict):
        if key.startswith(prefix + "ln."):
            state_dict[key.replace(prefix + "ln.", prefix + "norm.", 1)] = state_dict.pop(key)


old = {"ln.weight": torch.full((2,), 3.0), "ln.bias": torch.full((2,), 4.0)}
block = Block()
print(block.load_state_dict(old))
#> <All keys matched successfully>
print(block.norm.weight.tolist(), sorted(old))
#> [3.0, 3.0] ['ln.bias', 'ln.weight']
outer = nn.Sequential(Block())
print(outer.load_state_dict({f"0.{key}": value for key, value in old.items()}))
#> <All keys matched successfully>
