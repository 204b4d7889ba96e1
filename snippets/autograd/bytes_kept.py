import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

torch.manual_seed(0)
wide, narrow = nn.Linear(256, 1024), nn.Linear(1024, 256)
net = nn.Sequential(wide, nn.GELU(), narrow, nn.LayerNorm(256))
x = torch.randn(64, 256)
there_anyway = (x, *net.parameters())
not_counted = {t.untyped_storage().data_ptr() for t in there_anyway}


def kept_bytes():
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in not_counted:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        out = net(x)
    return sum(kept.values()), out.grad_fn


print(kept_bytes()[0])
#> 590336
with torch.no_grad():
    print(kept_bytes()[0])
    #> 0
print(64 * (1024 + 1024 + 256 + 1 + 1) * 4)
#> 590336
