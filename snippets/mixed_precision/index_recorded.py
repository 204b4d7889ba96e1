import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


class Recorder(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        found = [str(t.dtype)[6:] for t in (*args, out) if isinstance(t, torch.Tensor)]
        name = func.overloadpacket.__name__
        if name in {"_to_copy", "addmm", "mm", "gelu"}:
            print(f"{name:14}", *found[:-1], "->", found[-1])
        return out


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 4))
with torch.autocast("cpu", torch.bfloat16), Recorder():
    out = model(torch.randn(16, 8))
    #> _to_copy       float32 -> bfloat16
    #> _to_copy       float32 -> bfloat16
    #> _to_copy       float32 -> bfloat16
    #> addmm          bfloat16 bfloat16 bfloat16 -> bfloat16
    #> gelu           bfloat16 -> bfloat16
    #> _to_copy       float32 -> bfloat16
    #> _to_copy       float32 -> bfloat16
    #> addmm          bfloat16 bfloat16 bfloat16 -> bfloat16
loss = out.float().square().mean()
with Recorder():
    loss.backward()
    #> _to_copy       float32 -> bfloat16
    #> mm             bfloat16 bfloat16 -> bfloat16
    #> mm             bfloat16 bfloat16 -> bfloat16
    #> _to_copy       bfloat16 -> float32
    #> _to_copy       bfloat16 -> float32
    #> mm             bfloat16 bfloat16 -> bfloat16
    #> _to_copy       bfloat16 -> float32
    #> _to_copy       bfloat16 -> float32
print([str(p.grad.dtype) for p in model.parameters()])
#> ['torch.float32', 'torch.float32', 'torch.float32', 'torch.float32']
