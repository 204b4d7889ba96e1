import torch
from torch import nn


class Tagged(nn.Linear):
    """A layer that saves a note beside its tensors."""

    def get_extra_state(self):
        return {"units": "metres"}

    def set_extra_state(self, state):
        self.units = state["units"]


state = nn.Sequential(nn.BatchNorm1d(2), Tagged(2, 1)).state_dict()
for key, value in state.items():
    print(f"{key:24}", type(value).__name__)
#> 0.weight                 Tensor
#> 0.bias                   Tensor
#> 0.running_mean           Tensor
#> 0.running_var            Tensor
#> 0.num_batches_tracked    Tensor
#> 1.weight                 Tensor
#> 1.bias                   Tensor
#> 1._extra_state           dict

names = {torch.zeros(2): "weight"}
print(torch.zeros(2) in names)  # equal numbers, another object
#> False
