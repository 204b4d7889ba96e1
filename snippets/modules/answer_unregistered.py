from torch import nn


def unregistered(net):
    """Names of attributes that hold modules or parameters where nothing looks for them."""
    found = []
    for path, module in net.named_modules():
        for name, value in vars(module).items():
            inside = value.values() if isinstance(value, dict) else value
            if name.startswith("_") or not isinstance(value, (list, tuple, dict)):
                continue
            if any(isinstance(item, (nn.Module, nn.Parameter)) for item in inside):
                found.append(f"{path}.{name}".lstrip("."))
    return found


net = nn.Sequential(nn.Linear(2, 2))
net[0].experts = [nn.Linear(2, 2)]
net.heads = {"tags": nn.Linear(2, 3)}
print(unregistered(net))
#> ['heads', '0.experts']
