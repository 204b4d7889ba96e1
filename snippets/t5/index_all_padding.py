import torch

from reference_impl.t5 import T5, T5Config

model = T5(T5Config(vocab=50, dim=16, head_dim=4, heads=4, hidden=32, layers=1, decoder_layers=1))
model.encode(torch.tensor([[7, 8, 1], [0, 0, 0]]))
#! ValueError: expected at least one real token in each row of source, got none in row 1
