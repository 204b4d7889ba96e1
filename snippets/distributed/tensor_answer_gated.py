import torch
from torch import nn
from torch.distributed import init_device_mesh
from torch.distributed.tensor import Replicate, parallel

from reference_impl.distributed import CollectiveCounter, run_ranks

COLUMNS, WHOLE = parallel.ColwiseParallel(), Replicate()
PLAN = {"gate": COLUMNS, "up": COLUMNS, "down": parallel.RowwiseParallel()}
ONCE = PLAN | {"": parallel.PrepareModuleInput(input_layouts=WHOLE, desired_input_layouts=WHOLE)}


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.up, self.down = nn.Linear(8, 32), nn.Linear(8, 32), nn.Linear(32, 8)

    def forward(self, x):
        return self.down(nn.functional.silu(self.gate(x)) * self.up(x))


def work(rank, layer, x, plan):
    parallel.parallelize_module(layer, init_device_mesh("cpu", (2,)), plan)
    with CollectiveCounter() as forward:
        y = layer(x)
    with CollectiveCounter() as backward:
        y.square().sum().backward()
    return y.detach(), dict(forward.counts), dict(backward.counts)


if __name__ == "__main__":
    whole, x = Gated(), torch.randn(2, 6, 8, requires_grad=True)
    for plan in (PLAN, ONCE):
        y, *counts = run_ranks(work, 2, whole, x, plan)[0]
        print(torch.allclose(y, whole(x), atol=1e-5), *counts)
    #> True {'all_reduce': 1} {'all_reduce': 2}
    #> True {'all_reduce': 1} {'all_reduce': 1}
