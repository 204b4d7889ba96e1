import torch


def moved(make_optimizer, reset):
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = make_optimizer([w])
    (5 * w).sum().backward()
    optimizer.step()
    before = w.item()
    optimizer.zero_grad(set_to_none=reset == "None")
    optimizer.step()
    return w.item() != before


optimizers = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD, momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD, decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.1),
}
for name, make in optimizers.items():
    zero, none = moved(make, "zero"), moved(make, "None")
    print(f"{name:13} zero: {zero!s:6} None: {none}")
#> SGD           zero: False  None: False
#> SGD, momentum zero: True   None: False
#> SGD, decay    zero: True   None: False
#> Adam          zero: True   None: False
#> AdamW         zero: True   None: False
