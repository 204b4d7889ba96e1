from torch.distributed import get_process_group_ranks
from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import mesh_lines, run_ranks


def work(rank):
    names = ("data", "context", "tensor")
    mesh = init_device_mesh("cpu", (2, 2, 2), mesh_dim_names=names)
    return get_process_group_ranks(mesh["data", "context"]._flatten().get_group())


if __name__ == "__main__":
    print(*run_ranks(work, 8)[:2])
    #> [0, 2, 4, 6] [1, 3, 5, 7]
    print(*mesh_lines({"data and context": 4, "tensor": 2})["data and context"])
    #> [0, 2, 4, 6] [1, 3, 5, 7]
