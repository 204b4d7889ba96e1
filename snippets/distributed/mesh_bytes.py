import torch

from reference_impl.distributed import MeshGPT, MeshTraffic, make_groups, run_ranks
from reference_impl.gpt import GPT, GPTConfig

SIZES = {"data": 2, "pipe": 2, "tensor": 2}
CONFIG = GPTConfig(vocab=256, context=32, dim=32, layers=4, heads=4)


def work(rank, state, ids):
    groups = make_groups(SIZES)
    model = MeshGPT(CONFIG, state, groups, micro_batches=2)
    with MeshTraffic(groups) as traffic:
        model.backward(ids, ids)
    return {name: traffic.sent[name] for name in SIZES}


if __name__ == "__main__":
    state = GPT(CONFIG).state_dict()
    for rows in (4, 8, 16):
        found = run_ranks(work, 8, state, torch.zeros(rows, 32, dtype=torch.long))
        print(rows, "rows, rank 0:", found[0])
    #> 4 rows, rank 0: {'data': 72172, 'pipe': 24580, 'tensor': 73728}
    #> 8 rows, rank 0: {'data': 72172, 'pipe': 32772, 'tensor': 147456}
    #> 16 rows, rank 0: {'data': 72172, 'pipe': 49156, 'tensor': 294912}
