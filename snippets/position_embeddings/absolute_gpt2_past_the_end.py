# requires: transformers
import torch
from transformers import GPT2Config, GPT2Model

config = GPT2Config(n_positions=8, n_embd=8, n_layer=1, n_head=1)
model = GPT2Model(config)
print(model.wpe)
#> Embedding(8, 8)
model(torch.zeros(1, 9, dtype=torch.long))
#! IndexError: index out of range in self
