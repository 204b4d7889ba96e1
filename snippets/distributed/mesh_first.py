import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import run_ranks


def work(rank):
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
    found = []
    for name in mesh.mesh_dim_names:
        x = torch.tensor(10**rank)
        distributed.all_reduce(x, group=mesh[name].get_group())
        found.append(f"{name} {x:04}")  # digit r, from the right: rank r took part
    print(f"rank {rank} at {tuple(mesh.get_coordinate())}:", *found)


if __name__ == "__main__":
    run_ranks(work, 4)
    #> rank 0 at (0, 0): data 0101 tensor 0011
    #> rank 1 at (0, 1): data 1010 tensor 0011
    #> rank 2 at (1, 0): data 0101 tensor 1100
    #> rank 3 at (1, 1): data 1010 tensor 1100
