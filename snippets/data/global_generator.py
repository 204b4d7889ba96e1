import torch
from torch.utils.data import DataLoader


def order(model_draws):
    torch.manual_seed(0)
    torch.rand(model_draws)  # weights, dropout, whatever draws first
    return [batch.tolist() for batch in DataLoader(range(6), batch_size=6, shuffle=True)]


print(order(model_draws=0))
#> [[0, 4, 3, 5, 2, 1]]
print(order(model_draws=1))
#> [[3, 2, 0, 4, 5, 1]]
