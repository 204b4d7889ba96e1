import torch

from reference_impl.distributed import ExpertParallel, MixtureOfExperts, run_ranks

torch.manual_seed(0)
whole = MixtureOfExperts(dim=8, hidden=32, experts=4)
x = torch.randn(4, 16, 8)  # four groups of tokens, two for each rank


def work(rank):
    layer = ExpertParallel.shard(whole)  # two of the four experts
    out, routing = layer(x[2 * rank : 2 * rank + 2])
    print("rank", rank, "has", tuple(layer.mlps.w_in.shape), "loads", routing.load.tolist())
    return out.detach()


if __name__ == "__main__":
    out = torch.cat(run_ranks(work, 2))
    #> rank 0 has (2, 8, 32) loads [13, 7, 6, 6]
    #> rank 1 has (2, 8, 32) loads [10, 5, 10, 7]
    print(torch.allclose(out, whole(x)[0], atol=1e-5))
    #> True
