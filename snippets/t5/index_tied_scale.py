import torch

from reference_impl.t5 import T5, T5Config

torch.manual_seed(0)
x = torch.randn(1, 5, 512)
for tied in (True, False):
    model = T5(T5Config(tied=tied, vocab=1000, layers=1, decoder_layers=1)).eval()
    print(tied, f"{model.logits(x).std():.1f}", f"embeddings {model.tokens.weight.std():.1f}")
#> True 1.0 embeddings 1.0
#> False 1.0 embeddings 1.0
print(f"without the scale: {512**0.5:.1f}")
#> without the scale: 22.6
