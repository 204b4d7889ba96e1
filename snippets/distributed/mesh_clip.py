import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.utils import clip_grad_norm_, clip_grads_with_norm_, get_total_norm

from reference_impl.distributed import run_ranks

torch.manual_seed(0)
model = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8), nn.GELU())
x = torch.randn(4, 8)


def work(rank, plain):
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
    mesh._flatten()  # one sum over all four ranks instead of two
    parallelize_module(model, mesh["tensor"], {"1": ColwiseParallel(), "2": RowwiseParallel()})
    fully_shard(model, mesh=mesh["data"])
    model(x.chunk(2)[mesh["data"].get_local_rank()]).square().mean().backward()
    if plain:
        clip_grad_norm_(model.parameters(), 0.25)
    by_mesh, norms = {}, []
    for p in model.parameters():
        by_mesh.setdefault(p.device_mesh, []).append(p)
    for limit in (0.25, float("inf")):
        parts = [get_total_norm([p.grad for p in ps]).full_tensor() for ps in by_mesh.values()]
        norms.append(torch.stack(parts).norm())
        for ps in by_mesh.values():
            clip_grads_with_norm_(ps, limit, norms[-1])
    return [f"{norm.item():.4f}" for norm in norms]


if __name__ == "__main__":
    found = run_ranks(work, 4, False)
    model(x).square().mean().backward()
    print(f"{clip_grad_norm_(model.parameters(), 0.25).item():.4f}", found)
    #> 0.5143 [['0.5143', '0.2500'], ['0.5143', '0.2500'], ['0.5143', '0.2500'], ['0.5143', '0.2500']]
    run_ranks(work, 4, True)
    #! RankError: ranks 0, 1, 2, 3 of 4: RuntimeError: All operands in aten.stack.default must have
