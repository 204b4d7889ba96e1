from collections import Counter

import torch
from torch.autograd.graph import saved_tensors_hooks

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload

config = GPTConfig(vocab=50, context=64, dim=48, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(50, (2, 8, 64))
weights = {p.untyped_storage()._cdata for p in model.parameters()}
inputs = {t.untyped_storage()._cdata for t in (ids, targets)}
copied, seen, alive = Counter(), Counter(), []


def pack(tensor):
    """Copy every tensor, as save_on_cpu does, and note what it is."""
    storage = tensor.untyped_storage()
    key = storage._cdata
    seen[key] += tensor.nbytes
    again = seen[key] > storage.nbytes()  # more than there is
    kind = "weight" if key in weights else "input" if key in inputs else "activation"
    copied[f"{kind}, again" if again else kind] += tensor.nbytes
    alive.append(tensor.detach())  # no other storage gets this address
    return tensor.detach().clone()


with saved_tensors_hooks(pack, lambda tensor: tensor):
    model.loss(ids, targets)
for kind, nbytes in copied.most_common():
    print(f"{kind:17} {nbytes:9,}")
#> activation        6,459,904
#> weight              445,824
#> activation, again   393,216
#> input                 4,096
with Offload(model, ids, targets) as offload:
    model.loss(ids, targets)
print(offload.moved_out, offload.copies, "copies, of", len(alive))
#> 6459392 55 copies, of 103
