import torch
from torch import nn

with torch.device("meta"):
    layers = [nn.TransformerEncoderLayer(8192, 64, 4 * 8192) for _ in range(80)]
    model = nn.ModuleList(layers)
    x = torch.empty(4, 2048, 8192)

parameters = sum(p.numel() for p in model.parameters())
in_bytes = sum(p.nbytes for p in model.parameters())
print(f"{parameters / 1e9:.1f} billion parameters, {in_bytes / 2**30:.0f} GiB in float32")
#> 64.4 billion parameters, 240 GiB in float32
print(tuple(layers[0].linear1(x).shape), model[0].linear1.weight.device)
#> (4, 2048, 32768) meta
