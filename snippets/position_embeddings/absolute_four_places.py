import torch

from reference_impl.position_embeddings import ALiBi, Learned, Rotary, Shaw, Sinusoidal, T5Bias

x, at = torch.randn(1, 3, 16), torch.arange(3)
q = torch.randn(1, 2, 3, 8)
weights = torch.ones(1, 2, 3, 3)
for scheme in (Sinusoidal(16), Learned(9, 16), Rotary(8), T5Bias(2), ALiBi(2), Shaw(8)):
    used = {
        "embed": scheme.embed(x, at) is not x,
        "rotate": scheme.rotate(q, q, at, at)[0] is not q,
        "scores": scheme.scores(q, q, at, at) is not None,
        "values": scheme.values(weights, at, at) is not None,
    }
    print(type(scheme).__name__, [place for place, it_is in used.items() if it_is])
#> Sinusoidal ['embed']
#> Learned ['embed']
#> Rotary ['rotate']
#> T5Bias ['scores']
#> ALiBi ['scores']
#> Shaw ['scores', 'values']
