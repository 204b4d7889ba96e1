import torch

from reference_impl.t5 import T5, T5Config

model = T5(T5Config(vocab=50, dim=16, head_dim=4, heads=4, hidden=32, layers=1, decoder_layers=1))
model.loss(torch.tensor([[7, 8, 1]]), torch.tensor([[9, 50, 1]]))
#! ValueError: expected labels from 0 to 49, or -100, got 50 at row 0, place 1
