import torch

from reference_impl.scaling_laws import Language, small_gpt

plain, mup = (small_gpt(Language(), 32, mup=mup) for mup in (False, True))
ids = torch.arange(24)[None]
print(torch.equal(plain(ids), mup(ids)))
#> True
