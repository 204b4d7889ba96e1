import torch

from reference_impl.attention import greedy, sample, temperature

torch.manual_seed(0)
logits = torch.randn(8, 100)
cold = temperature(logits, 1e-4)
print(torch.equal(sample(cold), greedy(logits)))
#> True
