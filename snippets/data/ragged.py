import torch
from torch.utils.data import DataLoader

sentences = [torch.tensor([5, 6, 7]), torch.tensor([8, 9])]
next(iter(DataLoader(sentences, batch_size=2)))
#! RuntimeError: stack expects each tensor to be equal size, but got [3] at entry 0 and [2] at entry 1
