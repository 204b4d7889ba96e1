import torch

if not torch.accelerator.is_available():
    print(torch.cuda.max_memory_allocated(), torch.cuda.memory_stats())
    torch.accelerator.max_memory_allocated()
#! RuntimeError: Cannot access accelerator device when none is available.
