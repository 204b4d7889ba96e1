import torch
from torch import nn


def trained(dtype):
    layer = nn.Linear(2, 2, dtype=dtype)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 2, dtype=dtype)).sum().backward()
    optimizer.step()
    return optimizer


saved = trained(torch.float32).state_dict()
print({name: t.dtype for name, t in saved["state"][0].items()})
#> {'step': torch.float32, 'exp_avg': torch.float32, 'exp_avg_sq': torch.float32}

loaded = trained(torch.bfloat16)
loaded.load_state_dict(saved)
print({name: t.dtype for name, t in loaded.state_dict()["state"][0].items()})
#> {'step': torch.float32, 'exp_avg': torch.bfloat16, 'exp_avg_sq': torch.bfloat16}
