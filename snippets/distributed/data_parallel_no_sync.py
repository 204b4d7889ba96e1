from contextlib import nullcontext

import torch
from torch import nn

from reference_impl.distributed import DataParallel, run_ranks


def work(rank, save):
    torch.manual_seed(rank)
    model, micro_batches = DataParallel(nn.Linear(50, 1)), torch.randn(4, 2, 50)
    for step, x in enumerate(micro_batches):
        is_last = step == len(micro_batches) - 1
        with model.no_sync() if save and not is_last else nullcontext():
            (model(x).square().mean() / len(micro_batches)).backward()
            if is_last or not save:
                model.average_gradients()
    return model.module.weight.grad, model.calls


if __name__ == "__main__":
    (each_time, calls), (once, fewer_calls) = (
        run_ranks(work, 2, False)[0],
        run_ranks(work, 2, True)[0],
    )
    print(calls, fewer_calls, torch.allclose(each_time, once))
    #> 4 1 True
