import torch
from safetensors import safe_open
from safetensors.torch import save_file

weight = torch.arange(12.0).reshape(6, 2)
save_file({"weight": weight}, "full.safetensors")

ranks, pieces = 3, []
for rank in range(ranks):
    with safe_open("full.safetensors", framework="pt") as file:
        stored = file.get_slice("weight")
        rows = stored.get_shape()[0] // ranks
        pieces.append(stored[rank * rows : (rank + 1) * rows])
print(pieces[1])
#> tensor([[4., 5.],
#>         [6., 7.]])
print(torch.equal(torch.cat(pieces), weight))
#> True
