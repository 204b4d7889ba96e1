import torch
import torch.distributed.checkpoint as dcp

state = {"weight": torch.ones(4, 3), "bias": torch.ones(4), "step": 7}
dcp.save(state, checkpoint_id="step_1")
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is

metadata = dcp.FileSystemReader("step_1").read_metadata()
for key, what in metadata.state_dict_metadata.items():
    print(key, getattr(what, "size", "bytes"))
#> weight torch.Size([4, 3])
#> bias torch.Size([4])
#> step bytes
for index, where in metadata.storage_data.items():
    print(index.fqn, index.offset, where.relative_path, where.offset > 0)
#> step None __0_0.distcp False
#> weight torch.Size([0, 0]) __0_0.distcp True
#> bias torch.Size([0]) __0_0.distcp True
