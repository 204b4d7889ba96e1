import torch

from reference_impl.distributed import Zero1, Zero2, Zero3, run_ranks
from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=20, context=8, dim=16, layers=2, heads=2)).double()
batches = torch.randint(20, (4, 8, 9))


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=0.01)


def loss(net, ids):
    return torch.nn.functional.cross_entropy(net(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())


def work(rank, stage):
    zero = stage(model, [*model.blocks], adamw)
    for ids in batches:
        loss(zero, ids[4 * rank :][:4]).backward()
        zero.average_gradients()
        zero.step()
        zero.zero_grad()
    return zero.full_parameters()


if __name__ == "__main__":
    found = [run_ranks(work, 2, stage)[0] for stage in (Zero1, Zero2, Zero3)]
    optimizer = adamw(model.parameters())  # one process, with all rows
    for ids in batches:
        optimizer.zero_grad()
        loss(model, ids).backward()
        optimizer.step()
    for weights in found:
        print(all(torch.allclose(weights[name], p) for name, p in model.named_parameters()))
    #> True
    #> True
    #> True
