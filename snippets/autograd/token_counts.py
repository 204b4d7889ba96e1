import torch
import torch.nn.functional as F

torch.manual_seed(0)
head = torch.nn.Linear(8, 5).double()
x = torch.randn(4, 10, 8).double()
labels = torch.randint(0, 5, (4, 10))
labels[1:, 3:] = -100  # rows 1 to 3 hold 3 tokens each, row 0 holds 10


def grad(reduction, rows, divide_by):
    head.zero_grad()
    for xs, ys in zip(x.split(rows), labels.split(rows)):
        scores = head(xs).transpose(1, 2)
        loss = F.cross_entropy(scores, ys, reduction=reduction)
        (loss / divide_by).backward()
    return head.weight.grad.clone()


big = grad("mean", rows=4, divide_by=1)
mean_of_means = grad("mean", rows=1, divide_by=4)
tokens = (labels != -100).sum()
sum_over_total = grad("sum", rows=1, divide_by=tokens)

print(tokens.item())
#> 19
print(f"{(mean_of_means - big).norm() / big.norm():.3f}")
#> 0.391
print(torch.allclose(sum_over_total, big, rtol=1e-12))
#> True
