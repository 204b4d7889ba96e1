import torch

from reference_impl.distributed import Links, broadcast, run_ranks


def work(rank):
    links = Links()
    broadcast(torch.full((100,), float(rank)), source=0, links=links)
    return links.messages


if __name__ == "__main__":
    for size in (2, 4, 8):
        messages = run_ranks(work, size)
        print(messages, sum(messages))
    #> [1, 0] 1
    #> [2, 1, 0, 0] 3
    #> [3, 2, 1, 1, 0, 0, 0, 0] 7
