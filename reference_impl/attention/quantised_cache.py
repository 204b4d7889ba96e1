"""A cache of 8-bit integers: each key and each value with a scale of its own.

Liu et al., [*KIVI*](https://arxiv.org/abs/2402.02750), section 3, find that keys want a scale for each channel, over
a group of tokens, when bits are few. The scale for each token and head here is the simpler one: a row can be
written as soon as it comes, and with 8 bits it is enough.
"""

import torch
from torch import Tensor

from reference_impl.attention.cache import KVCache, check_room, check_sizes

__all__ = ["QuantisedCache", "dequantise", "quantise"]


# --8<-- [start:quantise]
def quantise(x: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Return x as integers from -127 to 127, with a scale for each row of the last dimension.

    Args:
        x: any shape; a row of zeros stays zero.

    Returns:
        The integers in int8, and the scales, float32 with a last dimension of 1. The error of
        each number is at most half its scale.

    Raises:
        TypeError: x is not of a floating dtype.
        ValueError: a number is infinite in float32, or nan.

    Examples:
        >>> q, scale = quantise(torch.tensor([[-1.0, 0.5, 2.54]]))
        >>> q, scale
        (tensor([[-50,  25, 127]], dtype=torch.int8), tensor([[0.0200]]))
    """
    if not x.is_floating_point():
        raise TypeError(f"expected a floating dtype, got {x.dtype}")
    x = x.float()
    if not x.isfinite().all():
        raise ValueError("expected finite numbers, got inf or nan")
    smallest = torch.finfo(torch.float32).tiny
    scale = (x.abs().amax(-1, keepdim=True) / 127).clamp(min=smallest)
    return (x / scale).round().to(torch.int8), scale


# --8<-- [end:quantise]


def dequantise(q: "torch.Tensor", scale: "torch.Tensor") -> "torch.Tensor":
    """Return the numbers that integers and scales stand for, in float32.

    Args:
        q: integers, any shape.
        scale: that of each row of the last dimension.

    Examples:
        >>> dequantise(torch.tensor([[-50, 127]], dtype=torch.int8), torch.tensor([[0.5]]))
        tensor([[-25.0000,  63.5000]])
    """
    return q.float() * scale


class QuantisedCache(KVCache):
    """A preallocated cache that keeps keys and values as int8, with a scale a token and head.

    `bytes_read` counts integers and scales. Plain attention needs floating numbers, so each append
    builds them (`bytes_gathered`); a kernel made for it multiplies by the scale as it reads.

    Args:
        batch: sequences.
        kv_heads: heads of keys and values.
        capacity: tokens that fit.
        head_dim: numbers in one key, and in one value.
        dtype: of the keys and values that come in and go out.
        device: where they lie.

    Attributes:
        k: keys in int8, of shape (batch, kv_heads, capacity, head_dim).
        v: values in int8.
        k_scale: scales of the keys, float32, of shape (batch, kv_heads, capacity, 1).
        v_scale: scales of the values.

    Raises:
        ValueError: a size is less than 1; `append` raises it when the cache is full.
        TypeError: dtype is not a floating one.

    Examples:
        >>> cache = QuantisedCache(batch=1, kv_heads=2, capacity=8, head_dim=64)
        >>> x = torch.linspace(-1, 1, 128).view(1, 2, 1, 64)
        >>> k, v = cache.append(x, x)
        >>> bool((k - x).abs().max() <= cache.k_scale.max() / 2)
        True
        >>> cache.row_bytes  # 2 · kv_heads · (head_dim + 4) instead of 2 · kv_heads · head_dim · 4
        272
    """

    def __init__(
        self,
        batch: int,
        kv_heads: int,
        capacity: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(batch, kv_heads, head_dim, dtype, device)
        check_sizes(capacity=capacity)
        if not dtype.is_floating_point:
            raise TypeError(f"expected a floating dtype, got {dtype}")
        self.capacity = capacity
        shape = (batch, kv_heads, capacity)
        self.k = torch.zeros(*shape, head_dim, dtype=torch.int8, device=device)
        self.v = torch.zeros_like(self.k)
        self.k_scale = torch.zeros(*shape, 1, device=device)
        self.v_scale = torch.zeros_like(self.k_scale)

    @property
    def row_bytes(self) -> int:
        """Bytes that one token of one sequence takes: integers and scales, all heads."""
        return 2 * self.kv_heads * (self.head_dim + self.k_scale.element_size())

    @property
    def nbytes(self) -> int:
        """Bytes that the cache occupies, filled or not."""
        return sum(x.nbytes for x in (self.k, self.v, self.k_scale, self.v_scale))

    def _store(self, k_new: Tensor, v_new: Tensor) -> None:
        start, stop = self._length, self._length + k_new.shape[2]
        check_room(start, k_new.shape[2], self.capacity)
        self.k[:, :, start:stop], self.k_scale[:, :, start:stop] = quantise(k_new)
        self.v[:, :, start:stop], self.v_scale[:, :, start:stop] = quantise(v_new)
        self._length = stop

    def _read(self) -> tuple[Tensor, Tensor]:
        filled = slice(self._length)
        k = dequantise(self.k[:, :, filled], self.k_scale[:, :, filled]).to(self.dtype)
        v = dequantise(self.v[:, :, filled], self.v_scale[:, :, filled]).to(self.dtype)
        self.bytes_gathered += k.nbytes + v.nbytes
        return k, v
