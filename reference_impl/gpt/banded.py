"""Locally banded attention: each query sees the last `band` keys, in blocks that skip what no query of them sees.

Child et al., [*Generating long sequences with sparse transformers*](https://arxiv.org/abs/1904.10509), which section
2.1 of the GPT-3 paper names as its model. A band is the local part of their patterns.
"""

# --8<-- [start:banded_imports]
import torch
from torch.nn.functional import pad, scaled_dot_product_attention

# --8<-- [end:banded_imports]

__all__ = ["banded_attention"]


def _check(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, band: int) -> None:
    if q.ndim != 4 or not q.shape == k.shape == v.shape:
        raise ValueError(
            "expected q, k and v of one shape (batch, heads, length, head_dim), "
            f"got {tuple(q.shape)}, {tuple(k.shape)} and {tuple(v.shape)}"
        )
    if band < 1:
        raise ValueError(f"expected a band of at least 1, got {band}")


def banded_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, band: int, dropout: float = 0.0
) -> torch.Tensor:
    """Return causal attention in which each query sees itself and the `band - 1` keys before it.

    Queries are cut into blocks of `band`. A block needs its own keys and those of the block before,
    so it has `2 * band ** 2` scores, and all blocks together `2 * band * length`.

    Args:
        q: queries, `(batch, heads, length, head_dim)`.
        k: keys, of the same shape.
        v: values, of the same shape.
        band: how many keys each query sees at most.
        dropout: probability that a weight is set to 0, the others being scaled up.

    Raises:
        ValueError: the shapes differ, or `band` is less than 1.

    Examples:
        >>> x = torch.eye(4)[None, None]
        >>> banded_attention(0 * x, x, x, band=2)
        tensor([[[[1.0000, 0.0000, 0.0000, 0.0000],
                  [0.5000, 0.5000, 0.0000, 0.0000],
                  [0.0000, 0.5000, 0.5000, 0.0000],
                  [0.0000, 0.0000, 0.5000, 0.5000]]]])
    """
    _check(q, k, v, band)
    if q.shape[2] <= band:
        return scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
    return _in_blocks(q, k, v, band, dropout)


# --8<-- [start:banded_attention]
def _in_blocks(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, band: int, dropout: float
) -> torch.Tensor:
    length = q.shape[2]
    blocks = -(-length // band)
    fill = blocks * band - length
    q = pad(q, (0, 0, 0, fill)).reshape(*q.shape[:2], blocks, band, q.shape[-1])
    k, v = (
        pad(x, (0, 0, band, fill)).unfold(2, 2 * band, band).mT for x in (k, v)
    )  # (batch, heads, blocks, 2 * band, head_dim), a view: neighbours share their keys
    place = torch.arange(band, device=q.device)[:, None]
    key = torch.arange(2 * band, device=q.device)
    seen = ((key > place) & (key <= place + band)).repeat(blocks, 1, 1)
    seen[0] &= key >= band  # before the first block there is nothing
    out = scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=dropout)
    return out.flatten(2, 3)[:, :, :length]


# --8<-- [end:banded_attention]
