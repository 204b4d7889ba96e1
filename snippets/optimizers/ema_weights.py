import torch

beta = 0.9
torch.manual_seed(0)
values = torch.randn(50, dtype=torch.float64)
average = torch.zeros((), dtype=torch.float64)
for value in values:
    average = beta * average + (1 - beta) * value

age = torch.arange(len(values) - 1, -1, -1)
weights = (1 - beta) * beta**age
print(torch.allclose(average, (weights * values).sum()))
#> True
print([round(w, 3) for w in weights.flip(0)[:4].tolist()])
#> [0.1, 0.09, 0.081, 0.073]
