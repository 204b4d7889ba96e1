import torch

from reference_impl.distributed import Links, run_ranks


def work(rank):
    links, x = Links(), torch.tensor([1.0, 2.0])
    if rank == 0:
        links.send(x * 10, to=1)
    else:
        links.receive(x, source=0)
    return x.tolist(), links.messages, links.bytes


if __name__ == "__main__":
    print(run_ranks(work, 2))
    #> [([1.0, 2.0], 1, 8), ([10.0, 20.0], 0, 0)]
