import torch
from torch import distributed

from reference_impl.distributed import MeshGPT, MeshTraffic, make_groups, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=256, context=32, dim=32, layers=4, heads=4)


def work(rank, sizes, state, ids):
    groups = make_groups(sizes)
    model = MeshGPT(CONFIG, state, groups)
    with MeshTraffic(groups) as traffic:
        model.backward(ids, ids)
    machines = {  # two ranks a machine
        name: {r // 2 for r in distributed.get_process_group_ranks(group)}
        for name, group in groups.items()
    }
    return sum(sent for name, sent in traffic.sent.items() if len(machines.get(name, [])) > 1)


if __name__ == "__main__":
    state = GPT(CONFIG).state_dict()
    for sizes in ({"data": 2, "pipe": 1, "tensor": 2}, {"tensor": 2, "pipe": 1, "data": 2}):
        ids = torch.zeros(16, 32, dtype=torch.long)
        print(list(sizes), "between machines:", sum(run_ranks(work, 4, sizes, state, ids)))
    #> ['data', 'pipe', 'tensor'] between machines: 496464
    #> ['tensor', 'pipe', 'data'] between machines: 2371584
