import torch

from reference_impl.distributed import MixtureOfExperts

torch.manual_seed(0)
layer = MixtureOfExperts(dim=8, hidden=32, experts=4)
x = torch.randn(1, 10, 8)  # one group of ten tokens
out, routing = layer(x)
print(routing.experts.flatten().tolist())
#> [3, 1, 3, 2, 2, 0, 3, 2, 0, 2]
print(routing.load.tolist(), "capacity", routing.capacity)
#> [2, 1, 4, 3] capacity 3
print("no place:", [t for t in range(10) if not routing.kept[0, t, 0]])
#> no place: [9]
print(out.shape)
#> torch.Size([1, 10, 8])
