from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import make_groups, run_ranks


def left_out(rank):
    return init_device_mesh("cpu", (1, 2), mesh_dim_names=("data", "tensor")).get_coordinate()


def work(rank):
    make_groups({"data": 2, "tensor": 3})


if __name__ == "__main__":
    print(run_ranks(left_out, 4))
    #> [(0, 0), (0, 1), None, None]
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected a mesh of all 4 ranks, got data,
