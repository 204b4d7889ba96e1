import torch

from reference_impl.position_embeddings import T5Bias

q = torch.zeros(1, 4, 3, 8)
T5Bias(heads=8).scores(q, q, torch.arange(3), torch.arange(3))
#! ValueError: expected q of shape (batch, 8, 3, head_dim), got shape (1, 4, 3, 8)
