import torch
from torch.distributed import init_device_mesh
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from reference_impl.distributed import CollectiveCounter, run_ranks
from reference_impl.gpt import FeedForward, GPTConfig


def work(rank, layer, x):
    mesh = init_device_mesh("cpu", (2,))
    parallelize_module(layer, mesh, {"up": ColwiseParallel(), "down": RowwiseParallel()})
    with CollectiveCounter() as counter:
        y = layer(x)
        y.square().sum().backward()
    up = layer.up.weight
    shapes = tuple(up.shape), tuple(up.to_local().shape)
    return y.detach(), up.grad.full_tensor(), shapes, dict(counter.counts)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole = FeedForward(GPTConfig(vocab=8, context=8, dim=8, layers=1, heads=4)).double()
    x = torch.randn(2, 3, 8).double().requires_grad_()
    results = run_ranks(work, 2, whole, x)
    y = whole(x)
    y.square().sum().backward()
    for rank_y, gradient, shapes, counts in results:
        print(torch.allclose(rank_y, y), torch.allclose(gradient, whole.up.weight.grad))
    #> True True
    #> True True
    print(shapes, counts)
    #> ((32, 8), (16, 8)) {'all_reduce': 2}
