import torch
import torch.nn.functional as F

torch.manual_seed(0)
logits = torch.randn(4, 10, requires_grad=True)
targets = torch.full((4,), -100)

mean = F.cross_entropy(logits, targets)
total = F.cross_entropy(logits, targets, reduction="sum")
tokens = (targets != -100).sum().clamp(min=1)
print(mean.item(), (total / tokens).item())
#> nan 0.0

(total / tokens).backward()
print(logits.grad.abs().max().item())
#> 0.0
