import torch

from reference_impl.attention import Transformer, TransformerConfig

with torch.device("meta"):
    model = Transformer(TransformerConfig(vocab=37_000))
tied = sum(p.numel() for p in model.parameters())
print(f"{2 * model.tokens.weight.numel():,}, {2 * model.tokens.weight.numel() / tied:.0%}")
#> 37,888,000, 60%
