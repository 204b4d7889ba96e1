import torch
import torch.nn.functional as F

torch.manual_seed(0)
logits = torch.randn(1000, 10)
targets = torch.randint(0, 10, (1000,))
counts = [900, 90, 10]  # tokens in each of three batches

weights = []
for scores, ys in zip(logits.split(counts), targets.split(counts)):
    leaf = scores.clone().requires_grad_()
    F.cross_entropy(leaf, ys).backward()
    per_token = leaf.grad.norm(dim=1) / (scores.softmax(1) - F.one_hot(ys, 10)).norm(dim=1)
    weights.append(round(1 / per_token.mean().item()))
print(weights)
#> [900, 90, 10]

means = [F.cross_entropy(s, y) for s, y in zip(logits.split(counts), targets.split(counts))]
print(f"{torch.stack(means).mean():.4f} {F.cross_entropy(logits, targets):.4f}")
#> 2.8374 2.7768
