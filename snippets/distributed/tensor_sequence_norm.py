import torch

from reference_impl.distributed import ParallelGPT, run_ranks, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)
IDS = torch.arange(16).reshape(2, 8)


def work(rank, state):
    model = ParallelGPT(CONFIG, sequence=True).double()
    model.load_state_dict(shard_state(state, rank, 2))
    model.loss(IDS, IDS).backward()
    before = model.blocks[0].mlp_norm.weight.grad.clone()
    model.reduce_shared_grads()
    return before, model.blocks[0].mlp_norm.weight.grad


if __name__ == "__main__":
    torch.manual_seed(0)
    whole = GPT(CONFIG).double()
    whole.loss(IDS, IDS).backward()
    expected = whole.blocks[0].mlp_norm.weight.grad
    for before, after in run_ranks(work, 2, whole.state_dict()):
        print(torch.allclose(before, expected), torch.allclose(after, expected))
    #> False True
    #> False True
