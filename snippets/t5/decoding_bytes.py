import torch

from reference_impl.attention import cache_bytes
from reference_impl.t5 import T5, DecoderCache, T5Config

model = T5(
    T5Config.preset("t5-small", vocab=100, layers=1)
).eval()  # a small vocabulary and encoder, to be quick
with torch.no_grad():
    memory, mask = model.encode(torch.randint(2, 100, (1, 400)))
    for beams in (1, 4):
        cache = DecoderCache(model, memory, mask, capacity=50, beams=beams)
        print(beams, f"source {cache.source_bytes:,}", f"target {cache.target_bytes:,}")
    #> 1 source 9,830,400 target 1,228,800
    #> 4 source 9,830,400 target 4,915,200
print(f"{cache_bytes(6, 8, 64, 400, bytes_per_number=4):,}", f"{cache_bytes(6, 8, 64, 50, 4, 4):,}")
#> 9,830,400 4,915,200
