import torch

from reference_impl.distributed import DataParallel, make_groups, run_ranks
from reference_impl.distributed.tensor_parallel import ParallelGPT, join_states, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)


def train(model, batches, average=lambda: None):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for ids in batches:
        optimizer.zero_grad()
        model.loss(ids[:, :-1], ids[:, 1:]).backward()
        average()
        optimizer.step()
    return model.state_dict()


def work(rank, state, batches):
    groups, (row, column) = make_groups({"data": 2, "tensor": 2}), divmod(rank, 2)
    model = ParallelGPT(CONFIG, groups["tensor"]).double()
    model.load_state_dict(shard_state(state, column, 2))
    replica = DataParallel(model, group=groups["data"])
    return train(model, batches.chunk(2, dim=1)[row], replica.average_gradients)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole, batches = GPT(CONFIG).double(), torch.randint(16, (20, 4, 9))  # 20 steps of 4 rows
    states = run_ranks(work, 4, whole.state_dict(), batches)
    alone = train(whole, batches)
    for row in (states[:2], states[2:]):
        joined = join_states(row)
        print(all(torch.allclose(joined[n], alone[n], rtol=0, atol=1e-8) for n in alone))
    #> True
    #> True
