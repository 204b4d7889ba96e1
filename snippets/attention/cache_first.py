import torch

from reference_impl.attention import CachedDecoder, DecoderConfig

torch.manual_seed(0)
model = CachedDecoder(DecoderConfig(vocab=50)).eval()
prompt = torch.tensor([[3, 1, 4, 1, 5]])

seen = []  # tokens that go through the model, call by call
model.tokens.register_forward_hook(lambda m, args, out: seen.append(out.shape[1]))

without = model.generate(prompt, steps=20)
print(len(seen), sum(seen), seen[:4])
#> 20 290 [5, 6, 7, 8]
seen.clear()

caches = model.new_caches(batch=1, capacity=32)
cached = model.generate(prompt, steps=20, caches=caches)
print(len(seen), sum(seen), seen[:4])
#> 20 24 [5, 1, 1, 1]
print(torch.equal(without, cached))
#> True
