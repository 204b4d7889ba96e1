import torch
from torch import nn

layer = nn.Linear(2, 1)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: print(grad_input))
layer(torch.ones(1, 2)).sum().backward()
#> (None,)
#! UserWarning: Full backward hook is firing when gradients are computed with respect to module outputs
