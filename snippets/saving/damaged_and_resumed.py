from pathlib import Path

import torch
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train


def task():
    data = TensorDataset(torch.ones(8, 1))
    return Task(
        torch.nn.Linear(1, 1), data, None, lambda model, batch: model(batch[0]).pow(2).sum()
    )


config = TrainConfig(max_steps=6, checkpoint_every=2, log_every=3, batch_size=4)
train(config, task)
#> step 3/6  loss 0.2777  learning rate 7.75e-04  gradient norm 1.485
#> step 6/6  loss 0.2731  learning rate 1.60e-04  gradient norm 1.476
rows = Path("run/metrics.jsonl").read_text()

newest = Path("run/checkpoints/step-000000006.pt")
newest.write_bytes(newest.read_bytes()[:1000])
train(config, task)
#> resumed at step 4 from step-000000004.pt
#> step 6/6  loss 0.2731  learning rate 1.60e-04  gradient norm 1.476
#! UserWarning: step-000000006.pt is cut short or no checkpoint: expected b'CLCKPT01' at 48 bytes
print(Path("run/metrics.jsonl").read_text() == rows)
#> True
