import torch
from torch.nn.functional import cross_entropy

torch.manual_seed(0)
logits, targets = torch.randn(4, 5), torch.tensor([3, 1, 4, -100])
whole = cross_entropy(logits, targets)
pairs = list(zip(logits.chunk(2), targets.chunk(2), strict=True))
means = sum(cross_entropy(*pair) for pair in pairs) / 2
sums = sum(cross_entropy(*pair, reduction="sum") for pair in pairs) / (targets != -100).sum()
print(torch.allclose(means, whole), torch.allclose(sums, whole))
#> False True
