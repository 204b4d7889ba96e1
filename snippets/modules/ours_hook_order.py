import torch
from torch import nn

import reference_impl.modules as ours

KINDS = ["forward_pre", "forward", "full_backward_pre", "full_backward"]
KINDS += ["state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"]


def order(library):
    net = library.Sequential(library.Linear(2, 2), library.Linear(2, 1))
    log = []
    for name, module in net.named_modules():
        for kind in KINDS:
            register = getattr(module, f"register_{kind}_hook")
            register(lambda *_, line=(name, kind): log.append(line))
    net(torch.randn(3, 2, requires_grad=True)).sum().backward()
    net.load_state_dict(net.state_dict())
    return log


print(len(order(ours)), order(ours) == order(nn))
#> 24 True
