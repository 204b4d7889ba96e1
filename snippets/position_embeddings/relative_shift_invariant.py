import torch

from reference_impl.position_embeddings import ALiBi, Shaw, Sinusoidal, T5Bias, TransformerXL

torch.manual_seed(0)
q, k = torch.randn(2, 1, 2, 6, 8)
at = torch.arange(6)
for scheme in (Shaw(8), TransformerXL(2, 8), T5Bias(2), ALiBi(2)):
    here, later = (scheme.scores(q, k, at + shift, at + shift) for shift in (0, 100))
    print(type(scheme).__name__, torch.allclose(here, later, atol=1e-5))
#> Shaw True
#> TransformerXL True
#> T5Bias True
#> ALiBi True
x, absolute = torch.randn(1, 6, 8), Sinusoidal(8)
here, later = (absolute.embed(x, at + shift) for shift in (0, 100))
print("Sinusoidal", torch.allclose(here @ here.mT, later @ later.mT, atol=0.1))
#> Sinusoidal False
