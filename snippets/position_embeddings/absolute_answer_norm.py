import torch

from reference_impl.position_embeddings import sinusoids

table = sinusoids(torch.tensor([0, 17, 100_000]), 512)
print([round(norm, 3) for norm in table.norm(dim=-1).tolist()])
#> [16.0, 16.0, 16.0]
