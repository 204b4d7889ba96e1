import torch

from reference_impl.position_embeddings import Shaw, T5Bias, attend

torch.manual_seed(0)
q = k = torch.randn(1, 1, 5, 8)
v = torch.ones(1, 1, 5, 8)  # every token says the same
for scheme in (T5Bias(1), Shaw(8, values=False), Shaw(8)):
    out = attend(q, k, v, scheme, torch.arange(5))
    print(type(scheme).__name__, torch.allclose(out[0, 0, 1], out[0, 0, 4], atol=1e-6))
#> T5Bias True
#> Shaw True
#> Shaw False
