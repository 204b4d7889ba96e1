import torch
from torch import nn

from reference_impl.distributed import Zero2, run_ranks
from reference_impl.optimizers import AdamW


def work(rank):
    torch.manual_seed(0)
    model = nn.Linear(4, 2, bias=False)
    zero = Zero2(model, [], AdamW)
    zero(torch.tensor([[3.0, 0.0, 0.0, 0.0]])).mul(torch.tensor([1.0, 4 / 3])).sum().backward()
    zero.average_gradients()
    return zero.units[0].shard.grad.norm().item(), zero.gradient_norm().item()


if __name__ == "__main__":
    print(run_ranks(work, 2))
    #> [(3.0, 5.0), (4.0, 5.0)]
