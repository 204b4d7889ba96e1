import torch

from reference_impl.t5 import T5, DecoderCache, T5Config

torch.manual_seed(0)
model = T5(
    T5Config(vocab=50, dim=32, head_dim=8, heads=4, hidden=64, layers=2, decoder_layers=2)
).eval()
with torch.no_grad():
    memory, mask = model.encode(torch.randint(2, 50, (2, 9)))
    shared = DecoderCache(model, memory, mask, capacity=3, beams=3)
    copied = DecoderCache(model, memory.repeat_interleave(3, dim=0), None, capacity=3)
    tokens = torch.tensor([5, 6, 7, 8, 9, 10])
    print(torch.allclose(shared.step(tokens), copied.step(tokens), atol=1e-6))
    #> True
print(copied.source_bytes // shared.source_bytes)
#> 3
