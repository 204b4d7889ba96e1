import torch
from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank, x, weight):
    part = weight.chunk(2, dim=0)[rank]
    (x @ part.T).square().sum().backward()  # each rank has half of the outputs
    alone = x.grad.clone()
    distributed.all_reduce(x.grad)
    return alone, x.grad


if __name__ == "__main__":
    torch.manual_seed(0)
    x, weight = torch.randn(3, 4, requires_grad=True), torch.randn(6, 4)
    expected = torch.autograd.grad((x @ weight.T).square().sum(), x)[0]
    for alone, added in run_ranks(work, 2, x, weight):
        print(torch.allclose(alone, expected), torch.allclose(added, expected, atol=1e-4))
    #> False True
    #> False True
