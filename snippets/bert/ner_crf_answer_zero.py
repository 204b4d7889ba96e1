import torch

from reference_impl.bert import LinearChainCRF

torch.manual_seed(0)
emissions, tags = torch.randn(2, 5, 4), torch.randint(4, (2, 5))
softmax = torch.nn.functional.cross_entropy(emissions.mT, tags, reduction="none").sum(1)
print(torch.allclose(LinearChainCRF(4)(emissions, tags), softmax))
#> True
