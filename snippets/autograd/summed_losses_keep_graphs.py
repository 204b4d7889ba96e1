import weakref

import torch
from torch.autograd.graph import saved_tensors_hooks

alive = weakref.WeakSet()


class Saved:
    def __init__(self, tensor):
        self.tensor = tensor
        alive.add(self)


w = torch.ones(100, requires_grad=True)
with saved_tensors_hooks(Saved, lambda saved: saved.tensor):
    total = 0.0
    for _ in range(8):
        total = total + w.exp().sum() / 8
    print("losses summed first:", len(alive))
    #> losses summed first: 8
    total.backward()

    w.grad = None
    peak = 0
    for _ in range(8):
        loss = w.exp().sum() / 8
        peak = max(peak, len(alive))
        loss.backward()
    print("backward each time: ", peak)
    #> backward each time:  1
