from torch import nn

from reference_impl.distributed import Zero3, run_ranks
from reference_impl.optimizers import AdamW


def work(rank):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    zero = Zero3(model, [*model], AdamW)
    return model[0].weight.shape, zero.full_parameters()["0.weight"].shape


if __name__ == "__main__":
    print(run_ranks(work, 2)[0])
    #> (torch.Size([0]), torch.Size([4, 4]))
