from reference_impl.distributed import make_buckets
from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=64, context=16, dim=32, layers=4, heads=4))
weights = list(model.parameters())
for size in (1, 1000, 50_000, 10**9):
    buckets = make_buckets(weights, size)
    print(size, len(buckets), max(sum(p.numel() for p in bucket) for bucket in buckets))
#> 1 52 4096
#> 1000 18 4224
#> 50000 5 12704
#> 1000000000 1 53440
