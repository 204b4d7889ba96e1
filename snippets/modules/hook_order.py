import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
log = []
kinds = ["forward_pre", "forward", "full_backward_pre", "full_backward"]
kinds += ["state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"]
for name, module in [("net", net), ("net.0", net[0])]:
    for kind in kinds:
        register = getattr(module, f"register_{kind}_hook")
        register(lambda *_, line=f"{name} {kind}": log.append(line))
w = net[0].weight
w.register_hook(lambda grad: log.append("net.0.weight tensor"))
w.register_post_accumulate_grad_hook(lambda p: log.append("net.0.weight post_accumulate_grad"))

x = torch.randn(3, 2, requires_grad=True)
net(x).sum().backward()
net.load_state_dict(net.state_dict())
print(*log, sep="\n")
#> net forward_pre
#> net.0 forward_pre
#> net.0 forward
#> net forward
#> net full_backward_pre
#> net.0 full_backward_pre
#> net.0.weight tensor
#> net.0.weight post_accumulate_grad
#> net.0 full_backward
#> net full_backward
#> net state_dict_pre
#> net.0 state_dict_pre
#> net.0 state_dict_post
#> net state_dict_post
#> net load_state_dict_pre
#> net.0 load_state_dict_pre
#> net.0 load_state_dict_post
#> net load_state_dict_post
