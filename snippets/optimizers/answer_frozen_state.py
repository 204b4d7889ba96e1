import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters())


def state_bytes():
    return sum(t.nbytes for entry in optimizer.state.values() for t in entry.values())


model(torch.ones(1, 64)).sum().backward()
optimizer.step()
before = state_bytes()
model[0].requires_grad_(False)
optimizer.zero_grad()
print(state_bytes() == before)
#> True

for p in model[0].parameters():
    del optimizer.state[p]
print(state_bytes() < before / 30)
#> True
