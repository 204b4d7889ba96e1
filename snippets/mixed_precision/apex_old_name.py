import torch

torch.cuda.amp.autocast(enabled=False)
#! FutureWarning: `torch.cuda.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cuda', args...)` instead.
