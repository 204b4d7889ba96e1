import torch
import torch.nn.functional as F

torch.manual_seed(0)
total, tokens = 0.0, 0
whole_logits, whole_targets = [], []
for count in (50, 7, 20):
    logits, targets = torch.randn(count, 10).double(), torch.randint(0, 10, (count,))
    targets[: count // 5] = -100
    total += F.cross_entropy(logits, targets, reduction="sum").item()
    tokens += (targets != -100).sum().item()
    whole_logits.append(logits)
    whole_targets.append(targets)

whole = F.cross_entropy(torch.cat(whole_logits), torch.cat(whole_targets))
print(tokens, abs(total / tokens - whole.item()) < 1e-9)
#> 62 True
