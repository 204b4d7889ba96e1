import torch
from torch import nn

makers = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD, momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": torch.optim.RMSprop,
    "RMSprop, all": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Adam": torch.optim.Adam,
    "Adam, amsgrad": lambda p: torch.optim.Adam(p, amsgrad=True),
    "Muon": torch.optim.Muon,
    "Adafactor": torch.optim.Adafactor,
}
for name, make in makers.items():
    layer = nn.Linear(512, 512, bias=False)
    optimizer = make(layer.parameters())
    layer(torch.ones(1, 512)).sum().backward()
    optimizer.step()
    entries = [t for s in optimizer.state.values() for t in s.values()]
    tensors = [t for t in entries if isinstance(t, torch.Tensor)]
    print(f"{name:14} {sum(t.nbytes for t in tensors) / layer.weight.nbytes:.3f}")
#> SGD            0.000
#> SGD, momentum  1.000
#> Adagrad        1.000
#> RMSprop        1.000
#> RMSprop, all   3.000
#> Adam           2.000
#> Adam, amsgrad  3.000
#> Muon           1.000
#> Adafactor      0.004
