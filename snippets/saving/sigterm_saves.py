import os
import signal

import torch
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train


class Scheduled(TensorDataset):
    """Sends SIGTERM to its own process at item 21: the third item of step 6."""

    def __getitem__(self, index):
        self.asked = getattr(self, "asked", 0) + 1
        if self.asked == 21:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().__getitem__(index)


def task(data):
    return Task(
        torch.nn.Linear(2, 1), data, None, lambda model, batch: model(batch[0]).pow(2).sum()
    )


x = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
config = TrainConfig(folder="run", max_steps=10, batch_size=4, log_every=10)
print(train(config, lambda: task(Scheduled(x))))
#> Result(step=6, eval_loss=None, signal=15)
print(train(config, lambda: task(TensorDataset(x))).step)
#> resumed at step 6 from step-000000006.pt
#> step 10/10  loss 0.4547  learning rate 1.22e-04  gradient norm 1.633
#> 10
