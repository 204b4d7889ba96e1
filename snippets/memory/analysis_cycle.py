import gc
import weakref

import torch


class Layer:
    def __init__(self):
        self.weight = torch.ones(500, 500)
        self.hook = lambda: self.weight.sum()  # the layer holds it, and it holds the layer


gc.disable()
layer = Layer()
weight = weakref.ref(layer.weight)
del layer
print(weight() is None)
#> False
gc.collect()
print(weight() is None)
#> True
gc.enable()
