import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from reference_impl.distributed import MeshTraffic, run_ranks
from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)).double()
batches = torch.randint(16, (20, 4, 9))


def train(rank, size):
    groups = {}
    if size > 1:
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("replicate", "shard"))
        groups = {name: mesh[name].get_group() for name in mesh.mesh_dim_names}
        for part in (*model.blocks, model):
            fully_shard(part, mesh=mesh)
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=0.01), []
    for ids in batches.chunk(size, dim=1)[rank]:
        optimizer.zero_grad()
        with MeshTraffic(groups) as traffic:
            loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
            loss.backward()
        optimizer.step()
        distributed.all_reduce(mean := loss.detach() / size)
        losses.append(f"{mean.item():.6f}")
    return losses, dict(traffic.sent)


if __name__ == "__main__":
    (alone, _), *found = run_ranks(train, 1, 1) + run_ranks(train, 4, 4)
    print([losses == alone for losses, _ in found], alone[-1])
    #> [True, True, True, True] 2.827415
    print(found[0][1], "of", sum(p.nbytes for p in model.parameters()))
    #> {'shard': 82048, 'replicate': 27904} of 55808
