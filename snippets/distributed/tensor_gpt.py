import torch

from reference_impl.distributed import ParallelGPT, join_states, run_ranks, shard_state
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)


def train(model, sequence=False):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for step in range(5):
        ids = torch.randint(16, (2, 9), generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        model.loss(ids[:, :-1], ids[:, 1:]).backward()
        if sequence:
            model.reduce_shared_grads()
        optimizer.step()
    return model.state_dict()


def work(rank, state, ranks, sequence):
    model = ParallelGPT(CONFIG, sequence=sequence).double()
    model.load_state_dict(shard_state(state, rank, ranks))
    return train(model, sequence)


if __name__ == "__main__":
    torch.manual_seed(0)
    whole = GPT(CONFIG).double()
    start = {name: weight.clone() for name, weight in whole.state_dict().items()}
    trained = train(whole)
    for ranks, sequence in ((2, False), (4, False), (2, True)):
        joined = join_states(run_ranks(work, ranks, start, ranks, sequence))
        same = all(torch.allclose(joined[n], trained[n], rtol=0, atol=1e-8) for n in trained)
        print(ranks, "ranks, sequence cut:", sequence, same)
    #> 2 ranks, sequence cut: False True
    #> 4 ranks, sequence cut: False True
    #> 2 ranks, sequence cut: True True
