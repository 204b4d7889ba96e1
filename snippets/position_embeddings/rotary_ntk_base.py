import torch

from reference_impl.position_embeddings.rotary_scaling import NTKScaling, frequencies

dim, base, factor = 128, 10_000.0, 8.0
new_base = base * factor ** (dim / (dim - 2))
print(round(new_base))
#> 82685
ntk = NTKScaling(factor).frequencies(dim, base, length=1)
print(torch.allclose(ntk, frequencies(dim, new_base)))
#> True
slower = frequencies(dim) / ntk
print(round(slower[0].item(), 2), round(slower[-1].item(), 2))
#> 1.0 8.0
