from torch import nn

from reference_impl.distributed import Zero1, run_ranks
from reference_impl.optimizers import AdamW


def work(rank):
    model = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3))
    for number, parameter in enumerate(model.parameters(), start=1):
        nn.init.constant_(parameter, number)
    return Zero1(model, [], AdamW).units[0].shard.tolist()


if __name__ == "__main__":
    for piece in run_ranks(work, 3):
        print(piece)
    #> [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    #> [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]
    #> [2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0]
