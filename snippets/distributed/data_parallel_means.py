import torch
from torch import nn

from reference_impl.distributed import DataParallel, run_ranks

rows = [torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[10.0]])]  # 3 on rank 0, 1 on rank 1


def work(rank, weighted):
    model, x = DataParallel(nn.Linear(1, 1, bias=False)), rows[rank]
    weight = len(x) * len(rows) / sum(map(len, rows)) if weighted else 1.0
    (model(x).mean() * weight).backward()
    model.average_gradients()
    return model.module.weight.grad.item()


if __name__ == "__main__":
    print("mean of all rows:", torch.cat(rows).mean().item())
    #> mean of all rows: 4.0
    print("mean of means:", run_ranks(work, 2, False)[0])
    #> mean of means: 6.0
    print("weighted:", run_ranks(work, 2, True)[0])
    #> weighted: 4.0
