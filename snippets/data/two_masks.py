import torch

from reference_impl.data import cumulative_lengths, document_mask

documents = torch.tensor([0, 0, 0, 1, 1])

across = torch.ones(5, 5, dtype=torch.bool).tril()
print(across.int().tolist()[3])
#> [1, 1, 1, 1, 0]
within = document_mask(documents)
print(within.int().tolist()[3])
#> [0, 0, 0, 1, 0]
print(cumulative_lengths(documents).tolist())
#> [0, 3, 5]
