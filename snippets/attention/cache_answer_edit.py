import torch

from reference_impl.attention import CachedDecoder, DecoderConfig

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
ids = torch.randint(50, (1, 10))
edited = ids.clone()
edited[0, 6] = (ids[0, 6] + 1) % 50

before, after = (model.new_caches(batch=1, capacity=10) for _ in range(2))
model.prefill(ids, before)
model.prefill(edited, after)
for old, new in zip(before, after):
    same = torch.isclose(old.k, new.k, atol=1e-6).all(dim=-1).all(dim=1)[0]
    print(same.int().tolist())
#> [1, 1, 1, 1, 1, 1, 0, 1, 1, 1]
#> [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
