import torch

from reference_impl.data import windows

windows(torch.arange(100), size=8, overlap=6, prefix=[1], suffix=[2])
#! ValueError: expected an overlap from 0 to less than the capacity of 6, got 6
