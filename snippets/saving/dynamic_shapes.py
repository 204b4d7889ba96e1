import torch
from torch import nn
from torch.export import Dim

model = nn.Sequential(nn.Embedding(50, 8), nn.LayerNorm(8), nn.Linear(8, 3)).eval()
ids = torch.randint(0, 50, (2, 5))
sizes = {0: Dim("batch"), 1: Dim("length")}
exported = torch.export.export(model, (ids,), dynamic_shapes=(sizes,))
run = exported.module()

for shape in [(7, 11), (1, 1), (0, 5)]:
    ids = torch.zeros(shape, dtype=torch.long)
    print(tuple(run(ids).shape), torch.equal(run(ids), model(ids)))
#> (7, 11, 3) True
#> (1, 1, 3) True
#> (0, 5, 3) True
