import torch
from torch import distributed

from reference_impl.distributed import ExpertParallel, MixtureOfExperts, run_ranks

torch.manual_seed(0)
whole = MixtureOfExperts(dim=8, hidden=16, experts=4).double()
x = torch.randn(4, 2, 16, 8, dtype=torch.float64)


def work(rank):
    layer = ExpertParallel.shard(whole)
    layer(x[rank])[0].square().mean().backward()  # the mean of this rank's own tokens
    distributed.all_reduce(layer.router.weight.grad, distributed.ReduceOp.AVG)
    return layer.router.weight.grad, layer.mlps.w_in.grad


if __name__ == "__main__":
    ranks = run_ranks(work, 4)
    whole(x.flatten(0, 1))[0].square().mean().backward()
    experts = torch.cat([grad for _, grad in ranks])
    print("router:", torch.allclose(ranks[0][0], whole.router.weight.grad))
    #> router: True
    print("experts:", torch.allclose(experts, whole.mlps.w_in.grad))
    #> experts: False
    print("four times too large:", torch.allclose(experts, 4 * whole.mlps.w_in.grad))
    #> four times too large: True
