import torch

from reference_impl.distributed import Links, all_reduce, ring_bytes, run_ranks


def work(rank):
    links = Links()
    total = all_reduce(torch.ones(10), links)
    return total.sum().item(), links.bytes


if __name__ == "__main__":
    print(run_ranks(work, 4))
    #> [(40.0, 56), (40.0, 60), (40.0, 64), (40.0, 60)]
    print([ring_bytes(10, 4, 4, rank) for rank in range(4)])
    #> [56, 60, 64, 60]
