import torch
from torch import nn


def build():
    return nn.Sequential(nn.Linear(2, 8), nn.Dropout(), nn.Linear(8, 1))


torch.manual_seed(0)
trained = build()  # and train it
torch.save(trained.state_dict(), "weights.pt")

model = build()
model.load_state_dict(torch.load("weights.pt", map_location="cpu"))
x = torch.randn(4, 2)
trained.eval()
print(torch.equal(model(x), trained(x)))  # a new module is in training mode
#> False
model.eval()
print(torch.equal(model(x), trained(x)))
#> True
