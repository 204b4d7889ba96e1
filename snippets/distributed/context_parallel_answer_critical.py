import torch

from reference_impl.distributed import RingLog, ring_attention, run_ranks, split_sequence


def work(rank, layout, world_size):
    log = RingLog()
    part = split_sequence(torch.randn(1, 1, 4 * world_size, 2), rank, world_size, layout=layout)
    ring_attention(part, part, part, causal=True, layout=layout, log=log)
    return log.work


if __name__ == "__main__":
    for n in (2, 4, 8):
        waits = [
            sum(max(step) for step in zip(*run_ranks(work, n, layout, n)))
            for layout in ("contiguous", "zigzag")
        ]
        print(n, waits, [4 * n - 1, 2 * n + 1])
    #> 2 [7, 5] [7, 5]
    #> 4 [15, 9] [15, 9]
    #> 8 [31, 17] [31, 17]
