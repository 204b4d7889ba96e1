import torch

from reference_impl.position_embeddings import T5Bias

torch.manual_seed(0)
q, k = torch.zeros(1, 1, 1, 4), torch.zeros(1, 1, 3, 4)
bias = T5Bias(1).scores(q, k, torch.tensor([300]), torch.tensor([200, 150, 0]))[0, 0, 0]
print(bool((bias == bias[0]).all()))
#> True
