import torch

from reference_impl.distributed import route

torch.manual_seed(0)
logits = torch.randn(8, 16, 4)
logits[0, :, 0] += 3  # one sequence wants expert 0 alone
for name, groups in (("a group each", logits), ("one group", logits.reshape(1, 128, 4))):
    capacity = groups.shape[1] // 4
    print(name, f"{route(groups, capacity=capacity).dropped:.0%}")
#> a group each 20%
#> one group 7%
