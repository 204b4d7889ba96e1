import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Embedding(100, 16)
layer = nn.TransformerEncoderLayer(16, nhead=2, batch_first=True)
ids = torch.randint(0, 100, (1, 3000))

print(layer(embed(ids)).shape)
#> torch.Size([1, 3000, 16])
