import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from reference_impl.distributed import run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=20, context=8, dim=16, layers=2, heads=2)


def save(rank, model):
    dcp.save(model.state_dict(), checkpoint_id="weights")


def load(rank):
    with torch.device("meta"):
        model = GPT(CONFIG)  # shapes without numbers
    for part in (*model.blocks, model):
        fully_shard(part, mesh=init_device_mesh("cpu", (4,)))
    model.to_empty(device="cpu")  # memory for this rank's pieces, and for no others
    dcp.load(model.state_dict(), checkpoint_id="weights")
    held = sum(p.to_local().nbytes for p in model.parameters())
    return held, model(torch.arange(8)[None]).detach()


if __name__ == "__main__":
    whole = GPT(CONFIG)
    run_ranks(save, 1, whole)
    print(sum(p.nbytes for p in whole.parameters()))
    #> 28160
    for held, logits in run_ranks(load, 4):
        print(held, torch.allclose(logits, whole(torch.arange(8)[None]), atol=1e-6))
    #> 7040 True
    #> 7040 True
    #> 7040 True
    #> 7040 True
