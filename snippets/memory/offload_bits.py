import torch
from torch.autograd.graph import save_on_cpu

from reference_impl.memory import Offload

x = torch.randn(100, 60, requires_grad=True)
contexts = {"save_on_cpu": save_on_cpu(pin_memory=True), "Offload": Offload(x)}
print("saved", (x * 2).t()[::2].stride())
#> saved (2, 60)
for name, context in contexts.items():
    with context:
        y = (x * 2).t()[::2].sin()  # sin saves its input
    print(name, y.grad_fn._saved_self.stride())
#> save_on_cpu (100, 1)
#> Offload (2, 60)
