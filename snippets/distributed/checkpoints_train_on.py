import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from reference_impl.distributed import run_ranks
from reference_impl.gpt import GPT, GPTConfig

DATA = torch.randint(50, (6, 8, 9), generator=torch.Generator().manual_seed(1))


def train(rank, world_size, steps, load=None, save=None):
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab=50, context=8, dim=16, layers=1, heads=2, dropout=0.0)).double()
    if world_size > 1:
        fully_shard(model, mesh=init_device_mesh("cpu", (world_size,)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    if load:
        weights, moments = get_state_dict(model, optimizer)
        dcp.load({"model": weights, "optimizer": moments}, checkpoint_id=load)
        set_state_dict(model, optimizer, model_state_dict=weights, optim_state_dict=moments)
    for step in steps:
        rows = DATA[step].chunk(world_size)[rank]
        logits = model(rows[:, :-1])
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()
    weights, moments = get_state_dict(model, optimizer)
    if save:
        dcp.save({"model": weights, "optimizer": moments}, checkpoint_id=save)
    return {k: v.full_tensor() if world_size > 1 else v for k, v in weights.items()}


if __name__ == "__main__":
    never_stopped = run_ranks(train, 1, 1, range(6))[0]
    run_ranks(train, 2, 2, range(3), None, "step_3")
    went_on = run_ranks(train, 4, 4, range(3, 6), "step_3")[0]
    print(all(torch.allclose(went_on[k], v, rtol=0, atol=1e-9) for k, v in never_stopped.items()))
    #> True
