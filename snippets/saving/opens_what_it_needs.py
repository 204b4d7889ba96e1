import torch

from reference_impl.saving import ShardedCheckpoint, save_sharded

torch.manual_seed(0)
state = {f"layer.{n}.weight": torch.randn(8, 8) for n in range(6)}
save_sharded(state, "model", max_bytes=2 * 8 * 8 * 4)

checkpoint = ShardedCheckpoint("model")
print(len(checkpoint.weight_map), "keys,", len(set(checkpoint.weight_map.values())), "files")
#> 6 keys, 3 files
part = checkpoint.load(["layer.5.weight"])
print(torch.equal(part["layer.5.weight"], state["layer.5.weight"]))
#> True
print(checkpoint.opened)
#> ['model-00003-of-00003.safetensors']
