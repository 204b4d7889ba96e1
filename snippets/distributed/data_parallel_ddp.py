import torch
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from reference_impl.distributed import DataParallel, run_ranks
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=20, context=8, dim=16, layers=2, heads=2)


def work(rank, kind):
    model = kind(GPT(CONFIG))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    torch.manual_seed(rank)
    for ids in torch.randint(20, (5, 4, 9)):
        optimizer.zero_grad()
        cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
        if kind is DataParallel:
            model.average_gradients()  # DDP does it at the end of backward
        optimizer.step()
    return [weight.detach() for weight in model.module.parameters()]


if __name__ == "__main__":
    torch.manual_seed(0)
    ours = run_ranks(work, 2, DataParallel)
    torch.manual_seed(0)
    theirs = run_ranks(work, 2, DistributedDataParallel)
    print(all(map(torch.equal, ours[0], theirs[0])), all(map(torch.equal, ours[0], ours[1])))
    #> True True
