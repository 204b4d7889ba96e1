import torch
from torch import nn


class Scale(nn.Module):
    def forward(self, x, *, by):
        return x * by


layer = Scale()
layer.register_forward_pre_hook(lambda module, args: print("plain hook sees", len(args)))
layer.register_forward_pre_hook(
    lambda module, args, kwargs: (args, {"by": kwargs["by"] * 2}), with_kwargs=True
)
layer.register_forward_hook(lambda *_: print("error or not"), always_call=True)

print(layer(torch.ones(2), by=3))
#> plain hook sees 1
#> error or not
#> tensor([6., 6.])
layer(torch.ones(2), by="three")
#> plain hook sees 1
#> error or not
#! TypeError: only integer tensors of a single element can be converted to an index
