import torch
from torch import distributed

from reference_impl.distributed import all_reduce, all_to_all, run_ranks


def work(rank):
    torch.manual_seed(rank)
    x = torch.randn(6, 5)
    summed, swapped = x.clone(), torch.empty_like(x)
    distributed.all_reduce(summed)
    distributed.all_to_all_single(swapped, x)
    return torch.allclose(all_reduce(x), summed, atol=1e-6), torch.equal(all_to_all(x), swapped)


if __name__ == "__main__":
    print(run_ranks(work, 3))
    #> [(True, True), (True, True), (True, True)]
