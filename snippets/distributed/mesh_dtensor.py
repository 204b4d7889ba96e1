import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from reference_impl.distributed import parallelize_block, run_ranks
from reference_impl.gpt import GPT, GPTConfig


def train(rank, size, model, batches):
    if size > 1:
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
        for block in model.blocks:
            parallelize_block(block, mesh["tensor"])
            fully_shard(block, mesh=mesh["data"])
        fully_shard(model, mesh=mesh["data"])
        batches = batches.chunk(2, dim=1)[mesh["data"].get_local_rank()]
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=0.01), []
    for ids in batches:
        optimizer.zero_grad()
        loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        distributed.all_reduce(mean := loss.detach() / size)
        losses.append(f"{mean.item():.6f}")
    up = model.blocks[0].mlp.up.weight
    return losses, tuple(getattr(up, "to_local", lambda: up)().shape)


if __name__ == "__main__":
    torch.manual_seed(0)
    config = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)
    model, batches = GPT(config).double(), torch.randint(16, (20, 4, 9))
    [(alone, whole)] = run_ranks(train, 1, 1, model, batches)
    found = run_ranks(train, 4, 4, model, batches)
    print([losses == alone for losses, _ in found], alone[-1], whole, found[0][1])
    #> [True, True, True, True] 2.827415 (64, 16) (16, 16)
