import torch
from torch import nn

torch.manual_seed(0)
state = torch.get_rng_state()
layer = nn.utils.skip_init(nn.Linear, 3, 4)
print(torch.equal(state, torch.get_rng_state()))
#> True
layer.reset_parameters()
print(torch.equal(state, torch.get_rng_state()), bool(layer.weight.abs().max() < 3**-0.5))
#> False True
