import torch

from reference_impl.distributed import route

p = torch.tensor([[[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.2, 0.7, 0.1]]])
routing = route(p.log(), choices=2, capacity=2)
for token in range(3):
    gates = [round(g, 2) for g in routing.gates[0, token].tolist()]
    print(routing.experts[0, token].tolist(), gates, routing.position[0, token].tolist())
#> [0, 1] [0.62, 0.38] [0, 1]
#> [0, 2] [0.67, 0.33] [1, 0]
#> [1, 0] [0.78, 0.22] [0, 2]
print(routing.kept[0].tolist())
#> [[True, True], [True, True], [True, False]]
