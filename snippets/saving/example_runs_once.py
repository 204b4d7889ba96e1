import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        print("forward runs on", type(ids).__name__, tuple(ids.shape))
        return self.head(self.embedding(ids).relu()).mean(dim=1)


model = Tagger().eval()
ids = torch.randint(0, 50, (2, 5))
exported = torch.export.export(model, (ids,))
#> forward runs on FakeTensor (2, 5)
graph = exported.module()
print(torch.equal(graph(ids), graph(ids.clone())))
#> True
