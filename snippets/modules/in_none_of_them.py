import torch
from torch import nn

values = {
    "parameter": nn.Parameter(torch.ones(2)),
    "plain tensor": torch.ones(2, requires_grad=True),
    "module": nn.Linear(2, 2),
    "list of modules": [nn.Linear(2, 2)],
    "ModuleList": nn.ModuleList([nn.Linear(2, 2)]),
    "function": torch.relu,
}
for kind, value in values.items():
    net = nn.Module()
    net.it = value
    homes = [t for t in ("_parameters", "_buffers", "_modules") if "it" in getattr(net, t)]
    print(f"{kind:15} {(homes or ['__dict__'])[0]:11} {len(list(net.parameters()))}")
#> parameter       _parameters 1
#> plain tensor    __dict__    0
#> module          _modules    2
#> list of modules __dict__    0
#> ModuleList      _modules    2
#> function        __dict__    0
