import torch

from reference_impl.distributed import DataParallel, make_groups, require_same, run_ranks
from reference_impl.distributed.tensor_parallel import ParallelGPT, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)


def work(rank, state, ids, over, careful=False):
    groups = make_groups({"data": 2, "tensor": 2})
    model = ParallelGPT(CONFIG, groups["tensor"])
    model.load_state_dict(shard_state(state, rank % 2, 2))
    if careful:
        total = sum(p.double().sum() for p in model.parameters()).item()
        require_same("sum of weights", round(total, 3), groups[over])
    DataParallel(model, group=groups[over])
    return round(model.loss(ids, ids).item(), 4)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, ids = GPT(CONFIG), torch.randint(16, (4, 8))
    state = whole.state_dict()
    print("one process:", round(whole.loss(ids, ids).item(), 4))
    #> one process: 2.2976
    for over in ("data", "tensor"):
        print("replicas over", over, run_ranks(work, 4, state, ids, over))
    #> replicas over data [2.2976, 2.2976, 2.2976, 2.2976]
    #> replicas over tensor [2.7509, 2.7509, 2.7509, 2.7509]
    run_ranks(work, 4, state, ids, "tensor", True)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected the same sum of weights on all ranks,
