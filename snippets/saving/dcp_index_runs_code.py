import pickle
import warnings
from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp

warnings.filterwarnings("ignore", "torch.distributed is disabled")


class Attack:
    def __reduce__(self):
        return print, ("printed by the index",)


dcp.save({"w": torch.ones(1)}, checkpoint_id="step_1")
Path("step_1/.metadata").write_bytes(pickle.dumps(Attack()))
dcp.FileSystemReader("step_1").read_metadata()  # what dcp.load does first
#> printed by the index
#! AttributeError: 'NoneType' object has no attribute 'storage_meta'
