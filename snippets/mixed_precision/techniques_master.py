import torch
from torch import nn

from reference_impl.mixed_precision import MasterWeights

model = nn.Linear(1, 1, bias=False, dtype=torch.float16)
nn.init.ones_(model.weight)
masters = MasterWeights(model.parameters())
optimizer = torch.optim.SGD(masters.copies, lr=1e-4)
for _ in range(1000):
    model(-torch.ones(1, 1, dtype=torch.float16)).sum().backward()
    masters.take_gradients()
    optimizer.step()
    masters.give_weights()
print(model.weight.dtype, f"{model.weight.item():.3f}", f"{masters.copies[0].item():.3f}")
#> torch.float16 1.100 1.100
