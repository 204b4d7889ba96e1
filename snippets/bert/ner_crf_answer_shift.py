import torch

from reference_impl.bert import LinearChainCRF

torch.manual_seed(0)
crf, emissions = LinearChainCRF(3), torch.randn(1, 4, 3)
tags = torch.tensor([[0, 1, 2, 0]])
before = crf(emissions, tags)
with torch.no_grad():
    crf.transitions += 5.0
print(torch.allclose(before, crf(emissions, tags), atol=1e-5))
#> True
