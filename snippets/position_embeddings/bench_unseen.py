import torch

from reference_impl.position_embeddings import t5_bucket

for buckets, limit in [(32, 128), (16, 24)]:
    settings = {"bidirectional": False, "num_buckets": buckets, "max_distance": limit}
    trained = t5_bucket(-torch.arange(32), **settings).unique()
    long = t5_bucket(-torch.arange(256), **settings).unique()
    print(buckets, limit, "trained", len(trained), "used with 256 tokens", len(long))
#> 32 128 trained 22 used with 256 tokens 32
#> 16 24 trained 16 used with 256 tokens 16
