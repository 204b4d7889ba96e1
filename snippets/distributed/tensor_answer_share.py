import torch

from reference_impl.distributed import shard_state
from reference_impl.gpt import GPT, GPTConfig

with torch.device("meta"):
    state = GPT(GPTConfig.gpt2("medium", vocab=50_304)).state_dict()
total = sum(weight.numel() for weight in state.values())
for ranks in (2, 4, 8):
    held = sum(weight.numel() for weight in shard_state(state, 0, ranks).values())
    print(ranks, f"{held / total:.2%} on each rank, {held * ranks / total - 1:.2%} extra")
#> 2 50.17% on each rank, 0.34% extra
#> 4 25.25% on each rank, 1.01% extra
#> 8 12.80% on each rank, 2.36% extra
