import torch
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.distributed import (
    RingLog,
    join_sequence,
    ring_attention,
    run_ranks,
    split_sequence,
)

torch.manual_seed(0)
qkv = torch.randn(3, 1, 2, 32, 8, dtype=torch.float64)
weight = torch.randn(1, 2, 32, 8, dtype=torch.float64)


def work(rank):
    parts = [split_sequence(x, rank, 4).requires_grad_() for x in qkv]
    log = RingLog()
    out = ring_attention(*parts, causal=True, log=log)
    (out * split_sequence(weight, rank, 4)).sum().backward()
    return [x.grad for x in parts], (log.forward_bytes, log.backward_bytes)


if __name__ == "__main__":
    grads, sent = zip(*run_ranks(work, 4))
    qkv.requires_grad_()
    (scaled_dot_product_attention(*qkv, is_causal=True) * weight).sum().backward()
    for name, exact, parts in zip("qkv", qkv.grad, zip(*grads)):
        print(f"d{name}", torch.allclose(join_sequence(list(parts)), exact))
    #> dq True
    #> dk True
    #> dv True
    part = 2 * 8 * 8 * 8  # bytes: heads, tokens of a rank, head_dim, float64
    print(sent[0], (6 * part, (6 + 8) * part))
    #> (6144, 14336) (6144, 14336)
