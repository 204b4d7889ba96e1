import torch

from reference_impl.position_embeddings import Learned

torch.manual_seed(0)
table = Learned(length=512, dim=64)
x = torch.zeros(2, 300, 64)
table.embed(x, torch.arange(300)).sum().backward()
moved = table.weight.grad.abs().sum(-1) > 0
print(table.weight.numel(), int(moved.sum()), bool(moved[300:].any()))
#> 32768 300 False
