import torch

from reference_impl.position_embeddings import relative_positions, t5_bucket

at = torch.arange(4)
right = t5_bucket(relative_positions(at, at), bidirectional=False)
wrong = t5_bucket(-relative_positions(at, at), bidirectional=False)
print(right.tolist()[3], wrong.tolist()[3])  # the last query, which sees all keys
#> [3, 2, 1, 0] [0, 0, 0, 0]
