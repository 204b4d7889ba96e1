import torch

from reference_impl.attention import Transformer, TransformerConfig, sinusoidal_positions

torch.manual_seed(0)
model = Transformer(TransformerConfig(vocab=1000, dim=512, layers=1))
root = 512**0.5
size = {
    "embedding": model.tokens.weight,
    "times the root": model.tokens.weight * root,
    "positions": sinusoidal_positions(100, 512),
    "logits": torch.nn.functional.layer_norm(torch.randn(9, 512), (512,)) @ model.tokens.weight.T,
}
print({name: f"{values.square().mean().sqrt():.2f}" for name, values in size.items()})
#> {'embedding': '0.04', 'times the root': '1.00', 'positions': '0.71', 'logits': '1.00'}
