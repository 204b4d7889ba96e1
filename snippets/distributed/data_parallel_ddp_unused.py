import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from reference_impl.distributed import run_ranks


class TwoHeads(nn.ModuleDict):
    def forward(self, x, head):
        return self[head](x)


def work(rank, steps, find):
    heads = {"nouns": nn.Linear(2, 1, bias=False), "verbs": nn.Linear(2, 1, bias=False)}
    model = DistributedDataParallel(TwoHeads(heads), find_unused_parameters=find)
    for _ in range(steps):
        model(torch.ones(1, 2), ["nouns", "verbs"][rank]).sum().backward()
    return [None if p.grad is None else p.grad.tolist() for p in model.parameters()]


if __name__ == "__main__":
    print(run_ranks(work, 2, 1, True))
    #> [[[[0.5, 0.5]], [[0.5, 0.5]]], [[[0.5, 0.5]], [[0.5, 0.5]]]]
    print(run_ranks(work, 2, 1, False))
    #> [[[[1.0, 1.0]], None], [None, [[1.0, 1.0]]]]
    run_ranks(work, 2, 2, False)
    #! RankError: rank 0 of 2: RuntimeError: Expected to have finished reduction in the prior
