import torch

print(torch.cuda.max_memory_allocated(), torch.cuda.memory_stats())
#> 0 OrderedDict()
torch.accelerator.max_memory_allocated()
#! RuntimeError: Cannot access accelerator device when none is available.
