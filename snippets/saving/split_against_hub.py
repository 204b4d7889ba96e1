# requires: datasets
import torch
from huggingface_hub import split_torch_state_dict_into_shards

from reference_impl.saving import split_by_bytes

torch.manual_seed(0)
state = {f"layer.{n}": torch.zeros(int(torch.randint(1, 90, ()))) for n in range(40)}
sizes = {key: tensor.nbytes for key, tensor in state.items()}

for budget in (100, 300, 1000):
    theirs = split_torch_state_dict_into_shards(state, max_shard_size=budget)
    ours = split_by_bytes(sizes, budget)
    print(len(ours), ours == list(theirs.filename_to_tensors.values()))
#> 36 True
#> 33 True
#> 10 True
