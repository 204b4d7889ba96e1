import torch

from reference_impl.position_embeddings import t5_bucket

buckets = t5_bucket(-torch.arange(200))
widths = buckets[:128].bincount()
print(widths.tolist(), "then", int((buckets == 15).nonzero()[0]), "and on")
#> [1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 7, 9, 14, 18, 27, 37] then 91 and on
