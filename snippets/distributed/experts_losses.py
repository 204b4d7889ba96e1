import torch

from reference_impl.distributed import balance_loss, route, z_loss

even = 9 * torch.eye(4).repeat(2, 1)[None]  # eight tokens, two for each expert
one = even[:, :1].expand(1, 8, 4)  # all to expert 0
for logits in (even, one, 2 * one, 2 * one - 18):
    routing = route(logits, capacity=8)
    print(routing.load.tolist(), f"{balance_loss(routing):.2f} {z_loss(routing):.1f}")
#> [2, 2, 2, 2] 1.00 81.0
#> [8, 0, 0, 0] 4.00 81.0
#> [8, 0, 0, 0] 4.00 324.0
#> [8, 0, 0, 0] 4.00 0.0
