import torch
from torch.nn.functional import cross_entropy

from reference_impl.distributed import (
    Pipeline,
    gpt_stages,
    one_f_one_b,
    run_ranks,
    sum_tied_gradients,
)
from reference_impl.gpt import GPT, GPTConfig


def loss(logits, targets):
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


def work(rank, stages, ids):
    pipeline = Pipeline(one_f_one_b(2, 2), [stages[rank]], loss, (2, 8, 16), torch.float64)
    pipeline.step(ids[:, :-1], ids[:, 1:])
    before = stages[rank].tokens.weight.grad.clone()
    sum_tied_gradients([stages[rank]])
    return before, stages[rank].tokens.weight.grad


if __name__ == "__main__":
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab=11, context=8, dim=16, layers=4, heads=2)).double()
    ids = torch.randint(11, (4, 9))
    model.loss(ids[:, :-1], ids[:, 1:]).backward()
    for before, after in run_ranks(work, 2, gpt_stages(model, 2), ids):
        expected = model.tokens.weight.grad
        print(torch.allclose(before, expected), torch.allclose(after, expected))
    #> False True
    #> False True
