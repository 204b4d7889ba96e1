import torch

from reference_impl.distributed import CollectiveCounter, ParallelGPT, run_ranks
from reference_impl.gpt import GPTConfig


def work(rank, layers, sequence):
    config = GPTConfig(vocab=16, context=8, dim=16, layers=layers, heads=4)
    model, ids = ParallelGPT(config, sequence=sequence), torch.zeros(2, 8, dtype=torch.long)
    with CollectiveCounter() as forward:
        loss = model.loss(ids, ids)
    with CollectiveCounter() as backward:
        loss.backward()
    return dict(forward.counts), dict(backward.counts)


if __name__ == "__main__":
    for layers in (1, 2, 3):
        forward, backward = run_ranks(work, 2, layers, False)[0]
        print(layers, "forward", forward, "backward", backward)
    #> 1 forward {'allreduce_': 5} backward {'allreduce_': 3}
    #> 2 forward {'allreduce_': 7} backward {'allreduce_': 5}
    #> 3 forward {'allreduce_': 9} backward {'allreduce_': 7}
