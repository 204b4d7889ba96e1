import torch
from torch.utils.data import TensorDataset

from reference_impl.train import Task, TrainConfig, train


def squared_error(model, batch):
    x, y = batch
    return (model(x) - y).pow(2).sum()


def line():
    x = torch.arange(16.0).reshape(16, 1) / 16
    return Task(torch.nn.Linear(1, 1), TensorDataset(x, 3 * x + 1), None, squared_error)


config = TrainConfig(folder="run", max_steps=200, batch_size=4, learning_rate=0.05, log_every=100)
print(train(config, line))
#> step 100/200  loss 0.5656  learning rate 2.79e-02  gradient norm 0.210
#> step 200/200  loss 0.0487  learning rate 5.00e-03  gradient norm 0.231
#> Result(step=200, eval_loss=None, signal=None)
