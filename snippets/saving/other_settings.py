import torch
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train


def task():
    data = TensorDataset(torch.ones(8, 1))
    return Task(
        torch.nn.Linear(1, 1), data, None, lambda model, batch: model(batch[0]).pow(2).sum()
    )


train(TrainConfig(max_steps=2, log_every=9, batch_size=4), task)
#> step 2/2  loss 0.2787  learning rate 5.50e-04  gradient norm 1.490
train(TrainConfig(max_steps=2, log_every=9, batch_size=8), task)
#! RunError: the run in run has other settings: batch_size was 4, now 8. Continue with its
