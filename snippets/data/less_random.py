import torch

from reference_impl.data import BucketBatchSampler

torch.manual_seed(0)
lengths = (torch.randn(3200) * 0.76 + 2.74).exp().long().clamp(1, 128)

for buckets in (1, 4, 16, 100):
    sampler = BucketBatchSampler(lengths.tolist(), batch_size=32, buckets=buckets)
    means = torch.stack([lengths[batch].float().mean() for batch in sampler])
    first = {frozenset(batch) for batch in sampler}
    sampler.set_epoch(1)
    again = sum(frozenset(batch) in first for batch in sampler)
    print(f"{buckets} buckets: spread of the mean length {means.std():.1f}, {again} batches again")
#> 1 buckets: spread of the mean length 3.5, 0 batches again
#> 4 buckets: spread of the mean length 14.5, 0 batches again
#> 16 buckets: spread of the mean length 17.6, 0 batches again
#> 100 buckets: spread of the mean length 17.9, 100 batches again
