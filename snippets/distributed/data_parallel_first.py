import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import DataParallel, run_ranks

torch.manual_seed(0)
x, y = torch.randn(8, 3), torch.randn(8, 1)
model = nn.Linear(3, 1)
mse_loss(model(x), y).backward()  # one process, all eight rows


def work(rank):
    replica = DataParallel(nn.Linear(3, 1))
    replica.module.load_state_dict(model.state_dict())
    mse_loss(replica(x[4 * rank :][:4]), y[4 * rank :][:4]).backward()  # four rows each
    replica.average_gradients()
    return torch.allclose(replica.module.weight.grad, model.weight.grad)


if __name__ == "__main__":
    print(run_ranks(work, 2))
    #> [True, True]
