import torch
from safetensors.torch import load_model, save_file, save_model
from torch import nn

net = nn.ModuleDict({"embed": nn.Embedding(10, 4), "head": nn.Linear(4, 10, bias=False)})
net["head"].weight = net["embed"].weight
for state in (net.state_dict(), {"step": 7}, {"w": torch.zeros(2, 3).t()}):
    try:
        save_file(state, "a.safetensors")
    except (RuntimeError, ValueError) as error:
        print(str(error).strip()[:62])
#> Some tensors share memory, this will lead to duplicate memory
#> Key `step` is invalid, expected torch.Tensor but received <cla
#> You are trying to save a non contiguous tensor: `w` which is n

save_model(net, "a.safetensors")
print(load_model(net, "a.safetensors"))
#> (set(), [])
