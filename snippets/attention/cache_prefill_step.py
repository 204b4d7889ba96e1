import torch

from reference_impl.attention import CachedDecoder, DecoderConfig

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
ids = torch.randint(50, (2, 12))
with torch.no_grad():
    full = model(ids)  # no cache: logits after each of the 12 tokens

caches = model.new_caches(batch=2, capacity=12)
logits = model.prefill(ids[:, :8], caches, chunk=3)  # 3 + 3 + 2 tokens
print(torch.allclose(logits, full[:, 7], atol=1e-5))
#> True

for t in range(8, 12):
    logits = model.step(ids[:, t], caches)
    print(t, caches[0].length, torch.allclose(logits, full[:, t], atol=1e-5))
#> 8 9 True
#> 9 10 True
#> 10 11 True
#> 11 12 True
