import torch

from reference_impl.position_embeddings import t5_bucket

relative = torch.tensor([-5000, -128, -40, -20, -16, -15, -1, 0, 1, 30])
print(t5_bucket(relative, bidirectional=False).tolist())
#> [31, 31, 23, 17, 16, 15, 1, 0, 0, 0]
