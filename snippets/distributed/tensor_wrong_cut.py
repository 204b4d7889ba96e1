import torch

from reference_impl.distributed import ParallelAttention, run_ranks
from reference_impl.gpt import Attention, GPTConfig

CONFIG = GPTConfig(vocab=8, context=8, dim=8, layers=1, heads=4)


def work(rank, state, x, thirds):
    half = ParallelAttention(CONFIG).double()
    for name in ("weight", "bias"):
        parts = [part.chunk(2)[rank] for part in state[f"qkv.{name}"].chunk(thirds)]
        getattr(half.qkv, name).data = torch.cat(parts)
    half.out.weight.data = state["out.weight"].chunk(2, 1)[rank]
    half.out.bias.data = state["out.bias"]
    return half(x).detach()


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, x = Attention(CONFIG).double(), torch.randn(2, 5, 8).double()
    for thirds in (1, 3):
        found = run_ranks(work, 2, whole.state_dict(), x, thirds)[0]
        print(thirds, found.shape == x.shape, torch.allclose(found, whole(x)))
    #> 1 True False
    #> 3 True True
