import torch
from torch import distributed

from reference_impl.distributed import ParallelGPT, make_groups, run_ranks, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)


def work(rank, state, ids, by):
    groups = make_groups({"data": 2, "tensor": 2})
    row, column = divmod(rank, 2)
    model = ParallelGPT(CONFIG, groups["tensor"])
    model.load_state_dict(shard_state(state, column, 2))
    rows = torch.arange(4).chunk(2)[row] if by == "data" else torch.tensor([rank])
    loss = model.loss(ids[rows, :-1], ids[rows, 1:]).detach()
    distributed.all_reduce(loss, group=groups["data"])
    return rows.tolist(), round(loss.item() / 2, 3)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, ids = GPT(CONFIG), torch.randint(16, (4, 9))
    print("one process", round(whole.loss(ids[:, :-1], ids[:, 1:]).item(), 3))
    #> one process 3.659
    for by in ("data", "rank"):
        print("by", by, *run_ranks(work, 4, whole.state_dict(), ids, by))
    #> by data ([0, 1], 3.659) ([0, 1], 3.659) ([2, 3], 3.659) ([2, 3], 3.659)
    #> by rank ([0], 3.801) ([1], 3.801) ([2], 3.801) ([3], 3.801)
