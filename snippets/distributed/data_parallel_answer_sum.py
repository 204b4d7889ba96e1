import torch
from torch import nn

from reference_impl.distributed import DataParallel, run_ranks
from reference_impl.optimizers import SGD, Adam


def work(rank, optimizer):
    model = DataParallel(nn.Linear(2, 1))
    nn.init.ones_(model.module.weight)
    step = optimizer(model.parameters(), lr=0.1)
    model(torch.ones(1, 2)).sum().backward()
    model.average_gradients()
    for parameter in model.parameters():
        parameter.grad *= 2  # the sum over two ranks instead of their mean
    step.step()
    return round(1 - model.module.weight[0, 0].item(), 2)


if __name__ == "__main__":
    print("SGD:", run_ranks(work, 2, SGD)[0])
    #> SGD: 0.2
    print("Adam:", run_ranks(work, 2, Adam)[0])
    #> Adam: 0.1
