import torch
from safetensors.torch import load_file, save
from torch import nn

from reference_impl.saving import safetensors_bytes, save_safetensors

state = nn.Linear(3, 2).bfloat16().state_dict() | {
    "step": torch.tensor(3),
    "mask": torch.tensor([True]),
}
print(safetensors_bytes(state, {"note": "x"}) == save(state, {"note": "x"}))
#> True

save_safetensors(state, "ours.safetensors")
loaded = load_file("ours.safetensors")
print(all(torch.equal(loaded[name], state[name]) for name in state))
#> True
