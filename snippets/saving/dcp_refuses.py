import warnings

import torch
import torch.distributed.checkpoint as dcp

warnings.filterwarnings("ignore", "torch.distributed is disabled")
dcp.save({"weight": torch.ones(4, 3)}, checkpoint_id="step_1")
for wrong in ({"weight": torch.zeros(4, 4)}, {"wieght": torch.zeros(4, 3)}):
    try:
        dcp.load(wrong, checkpoint_id="step_1")
    except dcp.CheckpointException as error:
        print(str(error).strip().splitlines()[-1])
#> ValueError: Size mismatch between saved torch.Size([4, 3]) and current: torch.Size([4, 4]) for weight
#> RuntimeError: Missing key in checkpoint state_dict: wieght.
print(issubclass(dcp.CheckpointException, Exception))
#> False
