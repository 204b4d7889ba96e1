import torch

from reference_impl.distributed import CollectiveCounter, ParallelGPT, run_ranks
from reference_impl.gpt import GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4)


def work(rank, sequence):
    model, ids = ParallelGPT(CONFIG, sequence=sequence), torch.zeros(2, 8, dtype=torch.long)
    shapes = []
    model.blocks[0].mlp_norm.register_forward_hook(lambda *args: shapes.append(args[2].shape))
    with CollectiveCounter() as counter:
        model(ids)
    return tuple(shapes[0]), dict(counter.counts)


if __name__ == "__main__":
    for sequence in (False, True):
        print(*run_ranks(work, 2, sequence)[0])
    #> (2, 8, 16) {'allreduce_': 5}
    #> (2, 4, 16) {'reduce_scatter_': 5, 'allgather_': 5}
