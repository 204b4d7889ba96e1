import torch
from torch import nn

layer = nn.Identity()
first = layer.register_forward_hook(lambda *_: print("first"))
layer.register_forward_hook(lambda *_: print("second"))
layer.register_forward_hook(lambda *_: print("in front"), prepend=True)

x = layer(torch.ones(1))
#> in front
#> first
#> second
first.remove()
first.remove()
x = layer(torch.ones(1))
#> in front
#> second
with layer.register_forward_hook(lambda *_: print("only here")):
    x = layer(torch.ones(1))
    #> in front
    #> second
    #> only here
x = layer(torch.ones(1))
#> in front
#> second
