import torch
import torch.distributed.checkpoint as dcp

saved = {"model": {"w": torch.ones(2), "b": torch.ones(1)}, "m": {0: torch.ones(1)}}
dcp.save(saved, checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is

wanted = {"model": {"w": torch.zeros(2, dtype=torch.float64)}}
dcp.load(wanted, checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is
print(wanted)
#> {'model': {'w': tensor([1., 1.], dtype=torch.float64)}}
print(sorted(dcp.FileSystemReader("step_1").read_metadata().state_dict_metadata))
#> ['m.0', 'model.b', 'model.w']
