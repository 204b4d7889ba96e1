import torch
from torch import nn

import reference_impl.modules as ours

results = []
for lib in (nn, ours):
    net = lib.Sequential(lib.Linear(2, 2), lib.Sequential(lib.Linear(2, 2), lib.Dropout(0.1)))
    net[1].register_buffer("count", torch.tensor(0))
    old = [id(p) for p in net.parameters()]
    half = [t.dtype for t in net.half().state_dict().values()]
    kept = [id(p) for p in net.parameters()] == old
    lost = [id(p) for p in net.to("meta").parameters()] != old
    results.append((half, kept, lost, [m.training for m in net.eval().modules()]))
print(results[0] == results[1], results[1][1:3])
#> True (True, True)
