import torch

from reference_impl.distributed import ExpertParallel, run_ranks

torch.manual_seed(0)
x = torch.randn(4, 2, 64, 32)  # for each of four ranks: two groups of 64 tokens, 128 bytes each


def work(rank, padded):
    layer = ExpertParallel(dim=32, hidden=64, experts=8, factor=1.25, padded=padded)
    routing = layer(x[rank])[1]
    return layer.traffic.sent, routing.kept.sum().item()


if __name__ == "__main__":
    for padded in (False, True):
        found = run_ranks(work, 4, padded)
        print("padded" if padded else "as needed", [sent for sent, _ in found])
    #> as needed [23168, 21504, 24320, 23680]
    #> padded [30720, 30720, 30720, 30720]
    print("kept", [kept for _, kept in found])
    #> kept [121, 121, 120, 122]
    # Padded: 6 experts elsewhere, 10 places for each of 2 groups, 128 bytes, there and back.
    print(6 * 10 * 2 * 128 * 2)
    #> 30720
