# run: python
import os

os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True,max_split_size_mb:8"
import torch

torch._C._accelerator_getAllocatorSettings()
#! ValueError: CachingAllocator option max_split_size_mb too small, must be >= 20
