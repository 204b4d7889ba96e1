import torch

from reference_impl.distributed import (
    RingLog,
    Traffic,
    all_gather_attention,
    context_parallel_bytes,
    ring_attention,
    run_ranks,
    ulysses_attention,
)

SIZES = {"length": 64, "heads": 8, "head_dim": 16, "bytes_per_number": 4}
SCHEMES = ("ring", "all-gather", "ulysses")


def work(rank, world_size):
    part = torch.randn(1, 8, 64 // world_size, 16)
    log, gathered, ulysses = RingLog(), Traffic(), Traffic()
    ring_attention(part, part, part, log=log)
    all_gather_attention(part, part, part, traffic=gathered)
    ulysses_attention(part, part, part, traffic=ulysses)
    return [log.forward_bytes, gathered.sent, ulysses.sent]


if __name__ == "__main__":
    for world_size in (2, 4, 8):
        counted = run_ranks(work, world_size, world_size)[0]
        formula = [context_parallel_bytes(s, world_size, **SIZES) for s in SCHEMES]
        print(world_size, dict(zip(SCHEMES, counted)), counted == formula)
    #> 2 {'ring': 32768, 'all-gather': 32768, 'ulysses': 32768} True
    #> 4 {'ring': 49152, 'all-gather': 49152, 'ulysses': 24576} True
    #> 8 {'ring': 57344, 'all-gather': 57344, 'ulysses': 14336} True
