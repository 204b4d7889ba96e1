import torch

on_cpu, on_meta = torch.ones(2, 3), torch.ones(2, 3, device="meta")

print(on_cpu @ on_cpu.t())
#> tensor([[3., 3.],
#>         [3., 3.]])
print(on_meta @ on_meta.t())
#> tensor(..., device='meta', size=(2, 2))
