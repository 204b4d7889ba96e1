import torch

from reference_impl.distributed import RingLog, ring_attention, run_ranks, split_sequence

x = torch.randn(1, 1, 16, 4)


def work(rank, layout):
    log = RingLog()
    part = split_sequence(x, rank, 4, layout=layout)
    ring_attention(part, part, part, causal=True, layout=layout, log=log)
    return log


if __name__ == "__main__":
    for layout in ("contiguous", "zigzag"):
        print(layout)
        for rank, log in enumerate(run_ranks(work, 4, layout)):
            print(rank, "keys of", log.owners, "work", log.work, "sum", sum(log.work))
    #> contiguous
    #> 0 keys of [0, 3, 2, 1] work [3, 0, 0, 0] sum 3
    #> 1 keys of [1, 0, 3, 2] work [3, 4, 0, 0] sum 7
    #> 2 keys of [2, 1, 0, 3] work [3, 4, 4, 0] sum 11
    #> 3 keys of [3, 2, 1, 0] work [3, 4, 4, 4] sum 15
    #> zigzag
    #> 0 keys of [0, 3, 2, 1] work [3, 2, 2, 2] sum 9
    #> 1 keys of [1, 0, 3, 2] work [3, 2, 2, 2] sum 9
    #> 2 keys of [2, 1, 0, 3] work [3, 2, 2, 2] sum 9
    #> 3 keys of [3, 2, 1, 0] work [3, 2, 2, 2] sum 9
