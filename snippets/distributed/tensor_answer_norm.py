import torch
from torch import distributed

from reference_impl.distributed import ParallelGPT, run_ranks, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)
IDS = torch.arange(16).reshape(2, 8)


def work(rank, state):
    model = ParallelGPT(CONFIG).double()
    model.load_state_dict(shard_state(state, rank, 2))
    model.loss(IDS, IDS).backward()
    squares = torch.zeros(2).double()  # of cut weights, of those that every rank has
    for name, parameter in model.named_parameters():
        shared = parameter.shape == state[name].shape
        squares[int(shared)] += parameter.grad.square().sum()
    alone = squares.sum().sqrt()
    distributed.all_reduce(squares[0])
    return alone.item(), squares.sum().sqrt().item()


if __name__ == "__main__":
    torch.manual_seed(0)
    whole = GPT(CONFIG).double()
    whole.loss(IDS, IDS).backward()
    norm = torch.nn.utils.get_total_norm([p.grad for p in whole.parameters()]).item()
    for alone, right in run_ranks(work, 2, whole.state_dict()):
        print(abs(alone - norm) < 1e-9, abs(right - norm) < 1e-9)
    #> False True
    #> False True
