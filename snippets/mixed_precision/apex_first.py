import torch
from torch import nn

from reference_impl.mixed_precision import MasterWeights


def one_step(level):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 1))
    x, y, masters = torch.randn(32, 8), torch.randn(32, 1), None
    if level in ("O2", "O3"):
        net, x = net.half(), x.half()
    if level == "O2":
        net[1].float()
        masters = MasterWeights(net.parameters())
    updated = masters.copies if masters else list(net.parameters())
    optimizer = torch.optim.SGD(updated, lr=0.1)
    scaler = torch.amp.GradScaler("cpu", enabled=level in ("O1", "O2"))
    with torch.autocast("cpu", torch.float16, enabled=level == "O1"):
        out = net(x)
    loss = (out.float() - y).square().mean()
    scaler.scale(loss).backward()
    dtypes = [net[0].weight, net[1].weight, out, net[0].weight.grad, updated[0]]
    if masters:
        masters.take_gradients()
    scaler.step(optimizer)
    scaler.update()
    if masters:
        masters.give_weights()
    return *(f"  fp{t.dtype.itemsize * 8}" for t in dtypes), int(scaler.get_scale())


print("   weight  norm output grad updated scale")
#>    weight  norm output grad updated scale
for level in ("O0", "O1", "O2", "O3"):
    print(level, *one_step(level))
#> O0   fp32   fp32   fp32   fp32   fp32 1
#> O1   fp32   fp32   fp16   fp32   fp32 32768
#> O2   fp16   fp32   fp16   fp16   fp32 32768
#> O3   fp16   fp16   fp16   fp16   fp16 1
