from copy import deepcopy

import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import PipeDream, delayed_sgd, run_ranks


def work(rank, layers, x, y):
    runner = PipeDream(layers[rank], mse_loss, (4, 3), rate=0.1, dtype=torch.float64)
    runner.train(x, y)
    return runner.versions, runner.peak, layers[rank].weight


if __name__ == "__main__":
    torch.manual_seed(0)
    layers = [nn.Linear(3, 3).double() for _ in range(3)]
    x, y = list(torch.randn(6, 4, 3).double()), list(torch.randn(6, 4, 3).double())
    results = run_ranks(work, 3, layers, x, y)
    one_process = deepcopy(layers)
    delayed_sgd(one_process, mse_loss, x, y, rate=0.1)
    for layer, (versions, peak, weight) in zip(one_process, results, strict=True):
        print(versions, peak, torch.allclose(weight, layer.weight))
    #> [(0, 0), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5)] 3 True
    #> [(0, 0), (0, 1), (1, 2), (2, 3), (3, 4), (4, 5)] 2 True
    #> [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)] 1 True
