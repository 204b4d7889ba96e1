import torch

at = torch.arange(1000, 1006)
print(at.bfloat16().long().tolist())
#> [1000, 1000, 1000, 1004, 1004, 1004]
print([n for n in range(1000) if int(torch.tensor(n).bfloat16()) != n][0])
#> 257
