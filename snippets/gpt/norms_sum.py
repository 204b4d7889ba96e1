import torch

torch.manual_seed(0)
for n in (1, 12, 48):
    sublayers = torch.randn(n, 100_000)  # what each one writes, of spread 1
    print(
        n,
        round(sublayers.sum(0).std().item(), 1),
        round((sublayers / n**0.5).sum(0).std().item(), 1),
    )
#> 1 1.0 1.0
#> 12 3.5 1.0
#> 48 6.9 1.0
