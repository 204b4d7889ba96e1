import torch

from reference_impl.t5 import T5, DecoderCache, T5Config

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=1, decoder_layers=1)
).eval()
with torch.no_grad():
    memory, mask = model.encode(torch.randint(2, 50, (1, 5)))
    cache = DecoderCache(model, memory, mask, capacity=2, beams=2)
    cache.step(torch.tensor([7, 8]))
    cache.reorder(torch.tensor([1, 1]))  # both beams go on from the second
    logits = cache.step(torch.tensor([9, 9]))
    expected = model.decode(torch.tensor([[8, 9]]), memory, mask)[:, -1]
print(torch.allclose(logits, expected.expand(2, -1), atol=1e-5))
#> True
