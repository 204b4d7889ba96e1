import torch
from safetensors.torch import load_file
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train


def task():
    x = torch.arange(10.0).reshape(10, 1) / 10
    return Task(
        torch.nn.Linear(1, 1),
        TensorDataset(x, x),
        None,
        lambda model, batch: (model(batch[0]) - batch[1]).pow(2).sum(),
    )


def weight(folder, **settings):
    config = TrainConfig(folder=folder, max_steps=50, log_every=50, **settings)
    train(config, task)
    return load_file(f"{folder}/weights.safetensors")["weight"]


one_batch = weight("one", batch_size=10)
#> step 50/50  loss 0.0861  learning rate 1.01e-04  gradient norm 0.169
uneven = weight("uneven", batch_size=4, accumulate=3)  # 4 + 4 + 2 items
#> step 50/50  loss 0.0861  learning rate 1.01e-04  gradient norm 0.169
print(torch.allclose(one_batch, uneven))
#> True
