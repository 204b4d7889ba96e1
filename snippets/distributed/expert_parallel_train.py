import torch
from torch import distributed

from reference_impl.distributed import ExpertParallel, MixtureOfExperts, run_ranks

torch.manual_seed(0)
whole = MixtureOfExperts(dim=8, hidden=16, experts=4, choices=2, factor=2.0).double()
x, target = torch.randn(2, 4, 16, 8, dtype=torch.float64)


def train(layer, x, target, add_up):
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=0.9)
    for _ in range(5):
        loss = (layer(x)[0] - target).square().sum() / 64  # tokens on all ranks
        optimizer.zero_grad()
        loss.backward()
        add_up(layer.router.weight.grad)  # only the router: it is on every rank
        optimizer.step()
    return layer.router.weight.detach(), layer.mlps.w_in.detach()


def work(rank):
    mine = slice(2 * rank, 2 * rank + 2)
    return train(ExpertParallel.shard(whole), x[mine], target[mine], distributed.all_reduce)


if __name__ == "__main__":
    ranks = run_ranks(work, 2)
    router, w_in = train(whole, x, target, lambda grad: None)
    print([torch.allclose(part, router) for part, _ in ranks])
    #> [True, True]
    print(torch.allclose(torch.cat([part for _, part in ranks]), w_in))
    #> True
