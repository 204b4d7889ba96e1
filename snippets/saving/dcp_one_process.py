from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
dcp.save(model.state_dict(), checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is
print(sorted(path.name for path in Path("step_1").iterdir()))
#> ['.metadata', '__0_0.distcp']

other = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
state = other.state_dict()
dcp.load(state, checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is
print(torch.equal(other[0].weight, model[0].weight))
#> True
