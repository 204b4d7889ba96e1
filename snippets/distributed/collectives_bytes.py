import torch

from reference_impl.distributed import Links, all_reduce, ring_bytes, run_ranks, tree_all_reduce


def work(rank):
    ring, tree, x = Links(), Links(), torch.ones(2400)
    all_reduce(x, ring)
    tree_all_reduce(x, tree)
    return ring.bytes, ring.messages, tree.bytes, tree.messages


if __name__ == "__main__":
    for size in (2, 4, 8):
        busiest = [max(column) for column in zip(*run_ranks(work, size))]
        print(
            size, "ring", busiest[:2], "tree", busiest[2:], "formula", ring_bytes(2400, 4, size, 0)
        )
    #> 2 ring [9600, 2] tree [9600, 1] formula 9600
    #> 4 ring [14400, 6] tree [19200, 2] formula 14400
    #> 8 ring [16800, 14] tree [28800, 3] formula 16800
