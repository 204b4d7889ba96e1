import torch

from reference_impl.position_embeddings import shift_matrix

there, back = shift_matrix(7, 16), shift_matrix(-7, 16)
print(torch.allclose(back, there.T), torch.allclose(there @ back, torch.eye(16), atol=1e-6))
#> True True
