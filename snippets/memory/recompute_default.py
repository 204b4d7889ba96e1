import torch
from torch.utils.checkpoint import checkpoint

x = torch.ones(2, requires_grad=True)
print(checkpoint(torch.sin, x).grad_fn.name())
#> CheckpointFunctionBackward
#! UserWarning: torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly.
