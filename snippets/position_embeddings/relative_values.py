import torch

from reference_impl.position_embeddings import ALiBi, Rotary, Shaw, T5Bias, TransformerXL

weights, at = torch.full((1, 2, 4, 4), 0.25), torch.arange(4)
for scheme in (Shaw(8), Shaw(8, values=False), TransformerXL(2, 8), T5Bias(2), ALiBi(2), Rotary(8)):
    added = scheme.values(weights, at, at)
    print(type(scheme).__name__, None if added is None else tuple(added.shape))
#> Shaw (1, 2, 4, 8)
#> Shaw None
#> TransformerXL None
#> T5Bias None
#> ALiBi None
#> Rotary None
