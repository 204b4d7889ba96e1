import torch
from torch.utils._python_dispatch import TorchDispatchMode

from reference_impl.attention import CachedDecoder, DecoderConfig, cache_bytes


class AttentionReads(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "scaled_dot_product" in str(func):
            reads.append((args[1].nbytes, args[2].nbytes))  # K and V that the kernel gets
        return func(*args, **(kwargs or {}))


torch.manual_seed(0)
config = DecoderConfig(vocab=50, layers=3, heads=4, kv_heads=2)
model = CachedDecoder(config).eval()
caches = model.new_caches(batch=2, capacity=64)
model.prefill(torch.randint(50, (2, 20)), caches)

for t in (21, 22, 23):
    reads, before = [], sum(cache.bytes_read for cache in caches)
    with AttentionReads():
        model.step(torch.randint(50, (2,)), caches)
    counted = sum(cache.bytes_read for cache in caches) - before
    formula = cache_bytes(3, config.kv_heads, config.head_dim, t, batch=2, bytes_per_number=4)
    print(t, reads[0], len(reads), sum(k + v for k, v in reads) == counted == formula)
#> 21 (5376, 5376) 3 True
#> 22 (5632, 5632) 3 True
#> 23 (5888, 5888) 3 True
