import torch

from reference_impl.position_embeddings import DynamicNTKScaling, NTKScaling, Rotary

torch.manual_seed(0)
q, k = torch.randn(2, 1, 1, 100, 64)
at = torch.arange(100)


def scores(scaling):
    a, b = Rotary(64, scaling=scaling).rotate(q, k, at, at)
    return a @ b.mT


print(torch.allclose(scores(NTKScaling(2.0)), scores(None), atol=0.01))
#> False
print(torch.allclose(scores(DynamicNTKScaling(2.0, original_length=4096)), scores(None)))
#> True
