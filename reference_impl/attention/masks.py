"""Masks of attention: boolean, `True` where a query may look at a key, of a shape that broadcasts to the scores'."""

# --8<-- [start:mask_imports]
import math

import torch

# --8<-- [end:mask_imports]
from jaxtyping import Bool, Float, Int
from torch import Tensor

__all__ = [
    "causal_mask",
    "combine",
    "padding_mask",
    "prefix_mask",
    "sliding_window_mask",
    "to_additive",
]


def _check_lengths(q_len: int, kv_len: int) -> None:
    if q_len < 0 or kv_len < 0:
        raise ValueError(f"expected q_len and kv_len of at least 0, got {q_len} and {kv_len}")


# --8<-- [start:mask_distance]
def _distance(
    q_len: "int", kv_len: "int", offset: "int | None", device: "torch.device | None"
) -> "torch.Tensor":
    """Return how far before the query each key stands; negative: after it."""
    if offset is None:
        offset = kv_len - q_len  # the last query stands at the last key
    rows = torch.arange(q_len, device=device)[:, None] + offset
    return rows - torch.arange(kv_len, device=device)


# --8<-- [end:mask_distance]


# --8<-- [start:mask_causal]
def causal_mask(
    q_len: int,
    kv_len: int | None = None,
    offset: int | None = None,
    device: torch.device | None = None,
) -> Bool[Tensor, "q_len kv_len"]:
    """Return the mask that lets each query look at itself and at earlier keys.

    Query `i` stands at position `offset + i`. Without an `offset` the last query stands at the last
    key, as in decoding with a cache; `offset=0` is the alignment of `is_causal` in PyTorch's
    `scaled_dot_product_attention`. The two differ only where `q_len` and `kv_len` do.

    Args:
        q_len: number of queries.
        kv_len: number of keys; as many as queries by default.
        offset: position of the first query among the keys; `kv_len - q_len` by default.
        device: where the mask lies.

    Raises:
        ValueError: a length is negative.

    Examples:
        >>> causal_mask(2, 4).int()
        tensor([[1, 1, 1, 0],
                [1, 1, 1, 1]], dtype=torch.int32)
        >>> causal_mask(2, 4, offset=0).int()
        tensor([[1, 0, 0, 0],
                [1, 1, 0, 0]], dtype=torch.int32)
    """
    kv_len = q_len if kv_len is None else kv_len
    _check_lengths(q_len, kv_len)
    return _distance(q_len, kv_len, offset, device) >= 0


# --8<-- [end:mask_causal]


def sliding_window_mask(
    q_len: int,
    kv_len: int | None = None,
    window: int = 1,
    offset: int | None = None,
    device: torch.device | None = None,
) -> Bool[Tensor, "q_len kv_len"]:
    """Return the causal mask that reaches back over `window` keys, the query's own among them.

    Args:
        q_len: number of queries.
        kv_len: number of keys; as many as queries by default.
        window: how many keys each query sees at most.
        offset: as in `causal_mask`.
        device: where the mask lies.

    Raises:
        ValueError: a length is negative, or `window` less than 1.

    Examples:
        >>> sliding_window_mask(4, window=2).int()
        tensor([[1, 0, 0, 0],
                [1, 1, 0, 0],
                [0, 1, 1, 0],
                [0, 0, 1, 1]], dtype=torch.int32)
    """
    kv_len = q_len if kv_len is None else kv_len
    _check_lengths(q_len, kv_len)
    if window < 1:
        raise ValueError(f"expected a window of at least 1, got {window}")
    distance = _distance(q_len, kv_len, offset, device)
    return (distance >= 0) & (distance < window)


def prefix_mask(
    q_len: int,
    kv_len: int | None = None,
    prefix: int | Int[Tensor, " batch"] = 0,
    offset: int | None = None,
    device: torch.device | None = None,
) -> Bool[Tensor, "q_len kv_len"] | Bool[Tensor, "batch 1 q_len kv_len"]:
    """Return the causal mask with the first `prefix` keys open to every query, as in a prefix LM.

    Args:
        q_len: number of queries.
        kv_len: number of keys; as many as queries by default.
        prefix: how many keys at the start all may see: a number, or one for each row of the batch.
        offset: as in `causal_mask`.
        device: where the mask lies.

    Returns:
        Shape `(q_len, kv_len)`, or `(batch, 1, q_len, kv_len)` for a tensor of prefixes.

    Raises:
        ValueError: a length or a prefix is negative, or the prefixes are not of shape `(batch,)`.

    Examples:
        >>> prefix_mask(3, prefix=2).int()
        tensor([[1, 1, 0],
                [1, 1, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    causal = causal_mask(q_len, kv_len, offset, device)
    if isinstance(prefix, int):
        if prefix < 0:
            raise ValueError(f"expected a prefix of at least 0, got {prefix}")
        return causal | (torch.arange(causal.shape[1], device=device) < prefix)
    return causal | padding_mask(prefix, causal.shape[1])


# --8<-- [start:mask_padding]
def padding_mask(lengths: Int[Tensor, "..."], kv_len: int) -> Bool[Tensor, "batch 1 1 kv_len"]:
    """Return the mask that hides the filler after the first `lengths[b]` keys of row `b`.

    Args:
        lengths: how many real tokens each row of the batch has, of shape `(batch,)`.
        kv_len: number of keys, filler included.

    Raises:
        ValueError: `lengths` has another shape, or a length is negative.

    Examples:
        >>> padding_mask(torch.tensor([3, 1]), 4).int().flatten(1)
        tensor([[1, 1, 1, 0],
                [1, 0, 0, 0]], dtype=torch.int32)
    """
    if lengths.ndim != 1:
        raise ValueError(f"expected lengths of shape (batch,), got shape {tuple(lengths.shape)}")
    if lengths.numel() and int(lengths.min()) < 0:
        raise ValueError(f"expected lengths of at least 0, got {int(lengths.min())}")
    seen = torch.arange(kv_len, device=lengths.device) < lengths[:, None]
    return seen[:, None, None, :]


# --8<-- [end:mask_padding]


def combine(*masks: Tensor | None) -> Bool[Tensor, "..."] | None:
    """Return the mask of what all the given masks allow. `None` allows everything.

    Args:
        *masks: boolean masks whose shapes broadcast, or `None`.

    Raises:
        TypeError: a mask is not boolean.

    Examples:
        >>> combine(causal_mask(2), padding_mask(torch.tensor([1]), 2)).int()
        tensor([[[[1, 0],
                  [1, 0]]]], dtype=torch.int32)
        >>> combine(None, None) is None
        True
    """
    both: Tensor | None = None
    for mask in masks:
        if mask is None:
            continue
        if mask.dtype != torch.bool:
            raise TypeError(f"expected boolean masks, got {mask.dtype}")
        both = mask if both is None else both & mask
    return both


# --8<-- [start:mask_additive]
def to_additive(mask: Tensor, dtype: torch.dtype = torch.float32) -> Float[Tensor, "..."]:
    """Return the mask as numbers to add to the scores: 0 where it is `True`, else minus infinity.

    Args:
        mask: a boolean mask.
        dtype: a floating dtype: that of the scores.

    Raises:
        TypeError: `mask` is not boolean, or `dtype` not floating.

    Examples:
        >>> to_additive(torch.tensor([True, False]))
        tensor([0., -inf])
    """
    if mask.dtype != torch.bool or not dtype.is_floating_point:
        raise TypeError(
            f"expected a boolean mask and a floating dtype, got {mask.dtype} and {dtype}"
        )
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, -math.inf)


# --8<-- [end:mask_additive]
