import torch

from reference_impl.distributed import DataParallel, make_groups, one_f_one_b, run_ranks
from reference_impl.distributed.pipeline import Pipeline, gpt_stages, sum_tied_gradients
from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
whole = GPT(GPTConfig(vocab=16, context=8, dim=16, layers=2, heads=4, init_std=0.3)).double()
batches = torch.randint(16, (20, 4, 9))


def loss(logits, targets):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def work(rank, stages):
    groups, (row, place) = make_groups({"data": 2, "pipe": 2}), divmod(rank, 2)
    stage, pipe = stages[place], groups["pipe"]
    replica = DataParallel(stage, group=groups["data"])
    pipeline = Pipeline(one_f_one_b(2, 2), [stage], loss, (1, 8, 16), torch.float64, pipe)
    optimizer = torch.optim.AdamW(stage.parameters(), lr=0.01)
    for ids in batches.chunk(2, dim=1)[row]:
        optimizer.zero_grad()
        with replica.no_sync():  # backward comes once for each micro-batch
            pipeline.step(ids[:, :-1], ids[:, 1:])
        sum_tied_gradients([stage], pipe)
        replica.average_gradients()
        optimizer.step()
    return stage.tokens.weight.detach()  # both stages have it


if __name__ == "__main__":
    tables = run_ranks(work, 4, gpt_stages(whole, 2))
    optimizer = torch.optim.AdamW(whole.parameters(), lr=0.01)
    for ids in batches:
        optimizer.zero_grad()
        whole.loss(ids[:, :-1], ids[:, 1:]).backward()
        optimizer.step()
    print([torch.allclose(t, whole.tokens.weight, rtol=0, atol=1e-8) for t in tables])
    #> [True, True, True, True]
