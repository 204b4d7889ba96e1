from copy import deepcopy

import torch
from torch.optim import SGD, AdamW

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)


def show(name, make, batch=1, *, loaded=None, set_to_none=True):
    model, (ids, targets) = GPT(config), torch.randint(1000, (2, batch, 128))
    optimizer = make(model.parameters())
    if loaded is not None:
        optimizer.load_state_dict(loaded)
    losses = 2 * [lambda: model.loss(ids, targets)]
    found = [s.worst() for s in record_steps(model, optimizer, losses, set_to_none=set_to_none)]
    first, second = (f"{worst.total / 1e6:6.2f} in {worst.phase:8}" for worst in found)
    print(f"{name:22} {first} then {second}")
    return deepcopy(optimizer.state_dict())


state = show("AdamW, fused", lambda p: AdamW(p, fused=True))
#> AdamW, fused            15.00 in step     then  16.75 in forward
show("AdamW, fused, resumed", lambda p: AdamW(p, fused=True), loaded=state)
#> AdamW, fused, resumed   16.75 in forward  then  16.75 in forward
show("AdamW, loop", lambda p: AdamW(p, foreach=False))
#> AdamW, loop             16.03 in step     then  16.75 in forward
show("AdamW, foreach", lambda p: AdamW(p, foreach=True))
#> AdamW, foreach          18.75 in step     then  18.75 in step
show("SGD", lambda p: SGD(p))
#> SGD                      9.25 in forward  then   9.25 in forward
show("AdamW, gradients kept", lambda p: AdamW(p, fused=True), set_to_none=False)
#> AdamW, gradients kept   15.00 in step     then  20.51 in forward
show("AdamW, 32 sequences", lambda p: AdamW(p, fused=True), 32)
#> AdamW, 32 sequences    149.76 in backward then 157.26 in backward
