from torch.distributed import get_process_group_ranks
from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import make_groups, mesh_lines, run_ranks

SIZES = {"data": 2, "pipe": 2, "tensor": 2}


def work(rank):
    mesh = init_device_mesh("cpu", tuple(SIZES.values()), mesh_dim_names=tuple(SIZES))
    theirs = {name: get_process_group_ranks(mesh[name].get_group()) for name in SIZES}
    ours = make_groups(SIZES)
    return theirs == {name: get_process_group_ranks(group) for name, group in ours.items()}


if __name__ == "__main__":
    for name, lines in mesh_lines(SIZES).items():
        print(name, *lines)
    #> data [0, 4] [1, 5] [2, 6] [3, 7]
    #> pipe [0, 2] [1, 3] [4, 6] [5, 7]
    #> tensor [0, 1] [2, 3] [4, 5] [6, 7]
    print(all(run_ranks(work, 8)))
    #> True
