import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import Pipeline, gpipe, run_ranks


def work(rank, batch):
    pipeline = Pipeline(gpipe(2, 4), [nn.Linear(4, 4)], mse_loss, shape=(2, 4))
    pipeline.step(batch, batch)


if __name__ == "__main__":
    run_ranks(work, 2, torch.zeros(10, 4))
    #! RankError: ranks 0, 1 of 2: ValueError: expected a batch that divides into 4 micro-batches, got 10 rows
