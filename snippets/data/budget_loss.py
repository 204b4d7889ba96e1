import torch
import torch.nn.functional as F

torch.manual_seed(0)
head = torch.nn.Linear(8, 5).double()
x, targets = torch.randn(60, 8).double(), torch.randint(0, 5, (60,))
counts = [40, 15, 5]
per_step = 60 / 3  # the tokens of an average batch: one number for the whole run


def steps(divide):
    """The sum of the gradients of one epoch: what small steps follow."""
    head.zero_grad()
    for xs, ys in zip(x.split(counts), targets.split(counts)):
        loss = F.cross_entropy(head(xs), ys, reduction="sum")
        (loss / divide(len(ys))).backward()
    return head.weight.grad / 3


head.zero_grad()
F.cross_entropy(head(x), targets).backward()
whole = head.weight.grad.clone()
print(torch.allclose(steps(lambda tokens: per_step), whole))
#> True
print(torch.allclose(steps(lambda tokens: tokens), whole))
#> False
