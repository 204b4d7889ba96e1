import torch

from reference_impl.distributed import join_sequence, ring_attention, run_ranks, split_sequence

torch.manual_seed(0)
tokens, table = torch.randn(1, 1, 16, 8), torch.randn(16, 8)


def work(rank, right):
    places = torch.arange(16) if right else torch.arange(8).repeat(2)  # each rank counts from 0
    x = split_sequence(tokens, rank, 2) + table[split_sequence(places, rank, 2, dim=0)]
    return ring_attention(x, x, x, causal=True)


if __name__ == "__main__":
    x = tokens + table
    exact = torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
    for right in (True, False):
        print(torch.allclose(join_sequence(run_ranks(work, 2, right)), exact, atol=1e-5))
    #> True
    #> False
