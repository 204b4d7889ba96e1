import torch

from reference_impl.distributed import CollectiveCounter, ParallelFeedForward, run_ranks
from reference_impl.gpt import FeedForward, GPTConfig

CONFIG = GPTConfig(vocab=8, context=8, dim=8, layers=1, heads=4)


def work(rank, state, x):
    half = ParallelFeedForward(CONFIG).double()
    half.up.weight.data = state["up.weight"].chunk(2, 0)[rank]
    half.up.bias.data = state["up.bias"].chunk(2, 0)[rank]
    half.down.weight.data = state["down.weight"].chunk(2, 1)[rank]
    half.down.bias.data = state["down.bias"]
    with CollectiveCounter() as counter:
        y = half(x)
        y.sum().backward()
    return y.detach(), x.grad, dict(counter.counts)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, x = FeedForward(CONFIG).double(), torch.randn(2, 3, 8).double().requires_grad_()
    y = whole(x)
    y.sum().backward()
    gradient, x.grad = x.grad, None
    for rank_y, rank_gradient, counts in run_ranks(work, 2, whole.state_dict(), x):
        print(torch.allclose(rank_y, y), torch.allclose(rank_gradient, gradient), counts)
    #> True True {'allreduce_': 2}
    #> True True {'allreduce_': 2}
