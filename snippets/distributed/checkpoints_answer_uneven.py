import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import local_piece, run_ranks


def piece(rank):
    value = distribute_tensor(torch.zeros(5), init_device_mesh("cpu", (4,)), [Shard(0)])
    return local_piece(value)[0]


if __name__ == "__main__":
    for found in run_ranks(piece, 4):
        print(found)
    #> Piece(offset=(0,), shape=(2,))
    #> Piece(offset=(2,), shape=(2,))
    #> Piece(offset=(4,), shape=(1,))
    #> Piece(offset=(5,), shape=(0,))
