import torch

from reference_impl.distributed import Links, all_reduce, run_ranks


def work(rank):
    links = Links()
    total = all_reduce(torch.arange(8.0) + rank, links)
    return total.tolist(), links.bytes


if __name__ == "__main__":
    for total, sent in run_ranks(work, 4):
        print(total[:3], sent)
    #> [6.0, 10.0, 14.0] 48
    #> [6.0, 10.0, 14.0] 48
    #> [6.0, 10.0, 14.0] 48
    #> [6.0, 10.0, 14.0] 48
