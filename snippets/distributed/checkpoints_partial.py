import torch
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint import DefaultLoadPlanner

from reference_impl.distributed import run_ranks


def save(rank):
    torch.manual_seed(0)
    body = nn.Linear(3, 3)
    dcp.save({"body": body.state_dict(), "note": "any value that pickles"}, checkpoint_id="step_1")
    return body.weight.detach()


def load(rank):
    other = nn.ModuleDict({"body": nn.Linear(3, 3), "head": nn.Linear(3, 2)})
    state = other.state_dict() | {"note": ""}
    partly = DefaultLoadPlanner(allow_partial_load=True)
    dcp.load(state, checkpoint_id="step_1", planner=partly)
    return other["body"].weight.detach(), state["note"]


if __name__ == "__main__":
    weight = run_ranks(save, 2)[0]
    for loaded, note in run_ranks(load, 3):
        print(torch.equal(loaded, weight), note)
    #> True any value that pickles
    #> True any value that pickles
    #> True any value that pickles
