# run: torchrun --nproc-per-node=2
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
model = nn.Linear(3, 5)
full = model.weight.detach().clone()
fully_shard(model, mesh=init_device_mesh("cpu", (2,)))

state = model.state_dict()
dcp.save(state, checkpoint_id="step_1")
if rank == 0:
    weight = state["weight"]
    print(type(weight).__name__, tuple(weight.shape), tuple(weight.to_local().shape))
dist.destroy_process_group()

if rank == 0:
    metadata = dcp.FileSystemReader("step_1").read_metadata()
    for index, where in metadata.storage_data.items():
        print(index.fqn, tuple(index.offset), where.relative_path)
    plain = nn.Linear(3, 5).state_dict()
    dcp.load(plain, checkpoint_id="step_1")
    print(type(plain["weight"]).__name__, torch.equal(plain["weight"], full))
#> DTensor (5, 3) (3, 3)
#> weight (0, 0) __0_0.distcp
#> bias (0,) __0_0.distcp
#> weight (3, 0) __1_0.distcp
#> bias (3,) __1_0.distcp
#> Tensor True
#! UserWarning: torch.distributed is disabled, unavailable or uninitialized, assuming the intent is
