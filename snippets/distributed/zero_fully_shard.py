import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from reference_impl.distributed import run_ranks
from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=20, context=8, dim=16, layers=2, heads=2, init_std=0.2))
batches = torch.randint(20, (4, 8, 9))


def train(rank, size):
    if size > 1:
        mesh = init_device_mesh("cpu", (size,))
        for part in (*model.blocks, model):  # the blocks first, then what is left
            fully_shard(part, mesh=mesh)
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=0.01), []
    for ids in batches.unflatten(1, (size, -1))[:, rank]:
        optimizer.zero_grad()
        loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        distributed.all_reduce(mean := loss.detach() / size)
        losses.append(f"{mean.item():.3f}")
    return losses, getattr(model.tokens.weight, "to_local", lambda: model.tokens.weight)().shape


if __name__ == "__main__":
    for size in (1, 4):
        print(size, *run_ranks(train, size, size)[0])
    #> 1 ['3.173', '3.358', '3.332', '3.010'] torch.Size([20, 16])
    #> 4 ['3.173', '3.358', '3.332', '3.010'] torch.Size([5, 16])
