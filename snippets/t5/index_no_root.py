import torch

from reference_impl.t5 import T5, T5Config

torch.manual_seed(0)
model = T5(T5Config(vocab=100, layers=1, decoder_layers=1))
attention = model.encoder[0].attention
x = torch.randn(1, 200, 512)
q, k, _ = attention.qkv(x).unflatten(-1, (3, 8, 64)).permute(2, 0, 3, 1, 4)
print(f"queries {q.std():.2f}, keys {k.std():.1f}")
#> queries 0.13, keys 1.0
print(f"scores {(q @ k.mT).std():.1f}")
#> scores 1.0
