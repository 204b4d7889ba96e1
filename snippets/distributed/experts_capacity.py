import torch

from reference_impl.distributed import expert_capacity, route

torch.manual_seed(0)
logits = torch.randn(32, 64, 8)
for factor in (1.0, 1.25, 2.0, 8.0):
    capacity = expert_capacity(tokens=64, experts=8, factor=factor)
    routing = route(logits, capacity=capacity)
    filled = routing.kept.sum().item() / (32 * 8 * capacity)
    print(capacity, f"{routing.dropped:.0%} of the tokens dropped, {filled:.0%} of the places used")
#> 8 14% of the tokens dropped, 86% of the places used
#> 10 6% of the tokens dropped, 75% of the places used
#> 16 0% of the tokens dropped, 50% of the places used
#> 64 0% of the tokens dropped, 12% of the places used
