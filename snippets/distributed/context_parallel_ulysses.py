import torch
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.distributed import heads_to_sequence, run_ranks, sequence_to_heads

torch.manual_seed(0)
qkv = torch.randn(3, 1, 8, 64, 16)


def work(rank):
    parts = qkv.chunk(4, dim=-2)[rank]
    q, k, v = (sequence_to_heads(x) for x in parts)
    out = scaled_dot_product_attention(q, k, v, is_causal=True)  # any kernel
    if rank == 0:
        print(tuple(parts[0].shape), "->", tuple(q.shape))
    return heads_to_sequence(out)


if __name__ == "__main__":
    out = torch.cat(run_ranks(work, 4), dim=-2)
    #> (1, 8, 16, 16) -> (1, 2, 64, 16)
    print(torch.allclose(out, scaled_dot_product_attention(*qkv, is_causal=True), atol=1e-5))
    #> True
