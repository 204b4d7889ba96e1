import torch

from reference_impl.data import BucketBatchSampler, pad_batch

torch.manual_seed(0)
lengths = (torch.randn(2000) * 0.76 + 2.74).exp().long().clamp(1, 128).tolist()
rows = [torch.ones(n) for n in lengths]
batches = list(BucketBatchSampler(lengths, batch_size=32, buckets=16))

for multiple in (1, 8, 64):
    padded = [pad_batch([rows[i] for i in batch], multiple_of=multiple) for batch in batches]
    real = sum(batch.mask.sum().item() for batch in padded)
    places = sum(batch.mask.numel() for batch in padded)
    widths = {batch.mask.shape[1] for batch in padded}
    print(f"{multiple}: {1 - real / places:.3f} padded, {len(widths)} widths")
#> 1: 0.188 padded, 17 widths
#> 8: 0.292 padded, 7 widths
#> 64: 0.698 padded, 2 widths
