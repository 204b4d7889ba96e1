import torch

from reference_impl.optimizers import orthogonalize

torch.manual_seed(0)
grad = torch.randn(64, 4) @ torch.randn(4, 64)  # a few strong directions
print([round(s) for s in torch.linalg.svdvals(grad)[:5].tolist()])
#> [76, 72, 64, 45, 0]

step = orthogonalize(grad + 0.1 * torch.randn(64, 64)).float()
values = torch.linalg.svdvals(step)
print(bool((values[:50] > 0.5).all()), bool(values.max() < 1.3))
#> True True
