import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

state = {"w": torch.ones(2), "state": {0: {"exp_avg": torch.ones(2)}}}
dcp.save(state, checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is

dcp_to_torch_save("step_1", "full.pt")
print(torch.load("full.pt"))
#> {'w': tensor([1., 1.]), 'state': {'0': {'exp_avg': tensor([1., 1.])}}}
