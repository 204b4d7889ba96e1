import torch

from reference_impl.t5 import T5, DecoderCache, T5Config

model = T5(
    T5Config(vocab=50, dim=8, head_dim=4, heads=1, hidden=8, layers=1, decoder_layers=1)
).eval()
model.decoder_positions.relative_attention_bias.weight.data = torch.arange(32.0)[:, None]
with torch.no_grad():
    cache = DecoderCache(model, *model.encode(torch.tensor([[7, 1]])), capacity=6)
print(cache.bias[0, 0, 0].tolist())  # here the bias is the bucket, and the bucket the distance
#> [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
print(cache.bias[0, 0, 0, 6 - 3 :].tolist())  # the third token: two back, one back, itself
#> [2.0, 1.0, 0.0]
