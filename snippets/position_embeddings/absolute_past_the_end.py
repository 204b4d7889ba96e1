import torch

from reference_impl.position_embeddings import Learned

table = Learned(length=512, dim=64)
table.embed(torch.zeros(1, 513, 64), torch.arange(513))
#! ValueError: expected positions below 512, the length of the learned table, got 512
