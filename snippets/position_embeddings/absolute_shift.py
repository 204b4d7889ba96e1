import torch

from reference_impl.position_embeddings import shift_matrix, sinusoids

table = sinusoids(torch.arange(1000), 64)
move = shift_matrix(5, 64)  # one matrix for all positions
print(torch.allclose(table[:-5] @ move.T, table[5:], atol=1e-4))
#> True
print(torch.allclose(move.matrix_power(3), shift_matrix(15, 64), atol=1e-5))
#> True
