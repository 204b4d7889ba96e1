import torch

from reference_impl.bert import LinearChainCRF

torch.manual_seed(0)
crf = LinearChainCRF(3)
torch.nn.init.normal_(crf.transitions)
emissions, tags = torch.randn(1, 4, 3, requires_grad=True), torch.tensor([[0, 1, 2, 0]])
crf(emissions, tags).sum().backward()
wanted = torch.nn.functional.one_hot(tags, 3)
print(torch.allclose(emissions.grad, crf.marginals(emissions) - wanted, atol=1e-6))
#> True
print(crf.marginals(emissions).sum(-1))
#> tensor([[1.0000, 1.0000, 1.0000, 1.0000]])
