import torch

from reference_impl.data import BucketBatchSampler

torch.manual_seed(0)
lengths = (torch.randn(2000) * 0.76 + 2.74).exp().long().clamp(1, 128).tolist()

for how in ({"batch_size": 32}, {"budget": 1024}):
    batches = list(BucketBatchSampler(lengths, buckets=16, **how))
    rows = [len(batch) for batch in batches]
    places = [len(batch) * max(lengths[i] for i in batch) for batch in batches]
    print(how, len(batches), "batches")
    print("  rows", min(rows), "to", max(rows), " places", min(places), "to", max(places))
#> {'batch_size': 32} 64 batches
#>   rows 29 to 32  places 116 to 4096
#> {'budget': 1024} 57 batches
#>   rows 3 to 125  places 80 to 1024
