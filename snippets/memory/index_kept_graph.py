import torch
from torch import nn

from reference_impl.memory import SavedBytes

model, x = nn.Sequential(nn.Linear(100, 100), nn.Tanh()), torch.ones(1000, 100)
with SavedBytes(model, x) as saved:
    losses = [model(x).square().mean() for _ in range(3)]  # a validation without no_grad
    print(saved.nbytes)
    #> 1200000
    losses = [loss.item() for loss in losses]
    print(saved.nbytes)
    #> 0
