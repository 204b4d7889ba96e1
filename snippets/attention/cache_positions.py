import torch

from reference_impl.attention import CachedDecoder, DecoderConfig

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
ids = torch.randint(50, (1, 10))
with torch.no_grad():
    full = model(ids)[:, -1]

caches = model.new_caches(batch=1, capacity=10)
model.prefill(ids[:, :9], caches)
table = model.positions.weight.detach()
table[9] = table[0]  # as if the tenth token were given position 0
wrong = model.step(ids[:, 9], caches)
print(wrong.shape, torch.allclose(wrong, full, atol=1e-2))
#> torch.Size([1, 50]) False
