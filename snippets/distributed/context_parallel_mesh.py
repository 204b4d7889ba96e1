import torch
from torch.distributed import get_process_group_ranks
from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import ring_attention, run_ranks, split_sequence

torch.manual_seed(0)
x = torch.randn(2, 1, 16, 8)  # two sequences


def work(rank):
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "context"))
    data, context = mesh["data"], mesh["context"]
    groups = [get_process_group_ranks(m.get_group()) for m in (data, context)]
    print("rank", rank, "data", groups[0], "context", groups[1])
    row, place = data.get_local_rank(), context.get_local_rank()
    part = split_sequence(x[row : row + 1], place, context.size())
    return ring_attention(part, part, part, causal=True, group=context.get_group())


if __name__ == "__main__":
    parts = run_ranks(work, 4)
    #> rank 0 data [0, 2] context [0, 1]
    #> rank 1 data [1, 3] context [0, 1]
    #> rank 2 data [0, 2] context [2, 3]
    #> rank 3 data [1, 3] context [2, 3]
    exact = torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
    found = [split_sequence(exact[row : row + 1], place, 2) for row in (0, 1) for place in (0, 1)]
    print(all(torch.allclose(a, b, atol=1e-5) for a, b in zip(parts, found)))
    #> True
