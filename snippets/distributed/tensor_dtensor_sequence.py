import torch
from torch import nn
from torch.distributed import init_device_mesh
from torch.distributed.tensor import Shard, parallel

from reference_impl.distributed import CollectiveCounter, run_ranks

PLAN = {
    "0": parallel.SequenceParallel(),
    "1": parallel.ColwiseParallel(input_layouts=Shard(1)),
    "3": parallel.RowwiseParallel(output_layouts=Shard(1)),
}


def work(rank, layer, x):
    parallel.parallelize_module(layer, init_device_mesh("cpu", (2,)), PLAN)
    with CollectiveCounter() as counter:
        y = layer(x.chunk(2, dim=1)[rank])  # half of the places
    y.square().sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()
    norm = layer[0].weight
    return y.detach(), dict(counter.counts), str(norm.grad.placements), norm.detach().to_local()


if __name__ == "__main__":
    torch.manual_seed(0)
    whole = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8)).double()
    x = torch.randn(2, 6, 8).double()
    ys, counts, placements, norms = zip(*run_ranks(work, 2, whole, x))
    y = whole(x)
    y.square().sum().backward()
    torch.optim.SGD(whole.parameters(), lr=0.1).step()
    print(torch.allclose(torch.cat(ys, dim=1), y), counts[0])
    #> True {'all_gather_into_tensor': 1, 'reduce_scatter_tensor': 1}
    print(placements[0], [torch.allclose(norm, whole[0].weight) for norm in norms])
    #> (Partial(sum),) [True, True]
