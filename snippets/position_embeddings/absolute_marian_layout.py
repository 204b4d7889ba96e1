# requires: transformers
import torch
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

from reference_impl.position_embeddings import sinusoids

marian = MarianSinusoidalPositionalEmbedding(100, 64).create_weight()
ours = sinusoids(torch.arange(100), 64)
print(torch.allclose(marian, ours))
#> False
halves = torch.cat([ours[:, 0::2], ours[:, 1::2]], dim=-1)  # all sines, then all cosines
print(torch.allclose(marian, halves, atol=1e-6))
#> True
