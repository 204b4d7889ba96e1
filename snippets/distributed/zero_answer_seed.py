import warnings

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import run_ranks


def work(rank):
    mesh = init_device_mesh("cpu", (2,))
    weight = distribute_tensor(torch.empty(4), mesh, [Shard(0)])
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as said:
        nn.init.normal_(weight)
    return weight.to_local(), *(str(warning.message) for warning in said)


if __name__ == "__main__":
    for rank in run_ranks(work, 2):
        print(*rank)
    #> tensor([ 1.5410, -0.2934]) DTensor random operators may not have complete support on cpu device mesh
    #> tensor([ 1.5410, -0.2934]) DTensor random operators may not have complete support on cpu device mesh
