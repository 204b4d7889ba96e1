import torch
from torch import nn

old = nn.ParameterDict({"a": torch.zeros(2), "b": torch.zeros(2)})
optimizer = torch.optim.AdamW(old.parameters())
(old["a"].sum() + 5 * old["b"].sum()).backward()
optimizer.step()

new = nn.ParameterDict({"b": torch.zeros(2), "a": torch.zeros(2)})
restored = torch.optim.AdamW([new["b"], new["a"]])
restored.load_state_dict(optimizer.state_dict())
print(optimizer.state[old["b"]]["exp_avg"], restored.state[new["b"]]["exp_avg"])
#> tensor([0.5000, 0.5000]) tensor([0.1000, 0.1000])
