import torch
from torch import nn

from reference_impl.saving import pickle_globals

torch.save(nn.Linear(2, 1), "whole.pt")
torch.save(nn.Linear(2, 1).state_dict(), "state.pt")
print(sorted(set(pickle_globals("whole.pt")) - set(pickle_globals("state.pt"))))
#> ['__builtin__.set', 'torch._utils._rebuild_parameter', 'torch.nn.modules.linear.Linear']
