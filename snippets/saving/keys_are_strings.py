from torch import nn


class Counted(nn.Linear):
    calls = 7

    def get_extra_state(self):
        return {"calls": self.calls}

    def set_extra_state(self, state):
        self.calls = state["calls"]


model = nn.Sequential(Counted(3, 2), nn.BatchNorm1d(2))
for key, value in model.state_dict().items():
    print(type(key).__name__, key, type(value).__name__)
#> str 0.weight Tensor
#> str 0.bias Tensor
#> str 0._extra_state dict
#> str 1.weight Tensor
#> str 1.bias Tensor
#> str 1.running_mean Tensor
#> str 1.running_var Tensor
#> str 1.num_batches_tracked Tensor
