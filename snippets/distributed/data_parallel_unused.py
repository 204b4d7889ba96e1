import torch
from torch import nn

from reference_impl.distributed import DataParallel, run_ranks


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.nouns, self.verbs = nn.Linear(2, 1, bias=False), nn.Linear(2, 1, bias=False)

    def forward(self, x, head):
        return getattr(self, head)(x)


def work(rank):
    model = DataParallel(TwoHeads())
    model(torch.ones(1, 2), ["nouns", "verbs"][rank]).sum().backward()
    model.average_gradients()


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected a gradient for every parameter, got none for verbs.weight on 1 of 2 ranks, nouns.weight on 1 of 2 ranks
