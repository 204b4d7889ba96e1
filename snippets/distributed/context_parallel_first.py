import torch
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.distributed import join_sequence, ring_attention, run_ranks, split_sequence

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 2, 64, 16)  # batch, heads, length, head_dim


def work(rank):
    parts = [split_sequence(x, rank, 4) for x in (q, k, v)]  # 16 tokens
    return ring_attention(*parts, causal=True)


if __name__ == "__main__":
    out = join_sequence(run_ranks(work, 4))
    exact = scaled_dot_product_attention(q, k, v, is_causal=True)
    print(torch.allclose(out, exact, atol=1e-5))
    #> True
