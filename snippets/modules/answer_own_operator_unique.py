# run: python
import torch
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv


@torch.library.custom_op("page::unique", mutates_args=())
def unique(x: torch.Tensor) -> torch.Tensor:
    return torch.unique(x)


@unique.register_fake
def _(x):
    return x.new_empty(torch.library.get_ctx().new_dynamic_size())


print(unique(torch.tensor([3, 1, 3])))
#> tensor([1, 3])
with FakeTensorMode(shape_env=ShapeEnv()):
    print(unique(torch.empty(3)).shape)
    #> torch.Size([u0])
