r"""Key-value caches for decoding: what is kept, what is copied, and how many bytes each step reads.

A decoder that makes one token at a time needs the keys and values of all earlier tokens again at
every step. They do not change, so they are kept. Shazeer,
[*Fast Transformer Decoding*](https://arxiv.org/abs/1911.02150), sections 2.4 and 3, counts what reading
them costs. A cache here belongs to **one layer**; a model has a list of them.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

__all__ = [
    "ConcatenatedCache",
    "KVCache",
    "PreallocatedCache",
    "cache_bytes",
    "crossover_length",
    "weight_bytes",
]


def check_sizes(**sizes: int) -> None:
    """Raise where a size is less than 1."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"expected {name} of at least 1, got {size}")


class KVCache(ABC):
    """The keys and values of one layer, for all tokens so far: the interface of every kind.

    A cache serves inference. It refuses tensors that require a gradient, because the graph of all
    steps would stay alive in it.

    Args:
        batch: sequences.
        kv_heads: heads of keys and values; fewer than the query heads in grouped-query attention.
        head_dim: numbers in one key, and in one value.
        dtype: of the keys and values that come in and go out.
        device: where they lie.

    Attributes:
        bytes_written: bytes of the rows that were new.
        bytes_copied: bytes of rows that were in the cache already and moved because it grew.
        bytes_read: bytes of cache that attention had to read, K and V, added up over all appends.
        bytes_gathered: bytes of temporary tensors built for attention from a storage that plain
            attention can't read: pages, or 8-bit integers.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> cache = PreallocatedCache(batch=1, kv_heads=2, capacity=8, head_dim=4)
        >>> isinstance(cache, KVCache), cache.length, cache.lengths
        (True, 0, (0,))
    """

    def __init__(
        self,
        batch: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        check_sizes(batch=batch, kv_heads=kv_heads, head_dim=head_dim)
        self.batch, self.kv_heads, self.head_dim = batch, kv_heads, head_dim
        self.dtype, self.device = dtype, torch.device(device)
        self.bytes_written = self.bytes_copied = self.bytes_read = self.bytes_gathered = 0
        self._length = 0

    # --8<-- [start:cache_append]
    def append(
        self, k_new: "torch.Tensor", v_new: "torch.Tensor"
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Add keys and values of new tokens; return those of all tokens so far.

        Args:
            k_new: keys, of shape (batch, kv_heads, new, head_dim).
            v_new: values, of the same shape.

        Returns:
            All keys and all values, of shape (batch, kv_heads, length, head_dim).

        Raises:
            ValueError: a shape or device does not fit, or there is no room left.
            TypeError: the dtype is not the cache's.
            RuntimeError: the tensors require a gradient.
        """
        self._check(k_new, v_new)
        self._store(k_new, v_new)
        self.bytes_written += self.batch * k_new.shape[2] * self.row_bytes
        self.bytes_read += sum(self.lengths) * self.row_bytes
        return self._read()

    # --8<-- [end:cache_append]

    @property
    def length(self) -> int:
        """Tokens kept, of the longest sequence."""
        return self._length

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens kept, of each sequence."""
        return (self._length,) * self.batch

    @property
    def row_bytes(self) -> int:
        """Bytes that one token of one sequence takes: its key and its value, all heads."""
        return 2 * self.kv_heads * self.head_dim * self.dtype.itemsize

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes that the cache occupies, filled or not."""

    @abstractmethod
    def _store(self, k_new: Tensor, v_new: Tensor) -> None:
        """Keep the new rows and move the length, or raise and change nothing."""

    @abstractmethod
    def _read(self) -> tuple[Tensor, Tensor]:
        """Return all keys and values."""

    def _check(self, k_new: Tensor, v_new: Tensor) -> None:
        new = k_new.shape[2] if k_new.ndim == 4 else "new"
        wanted = (self.batch, self.kv_heads, new, self.head_dim)
        for name, x in (("k_new", k_new), ("v_new", v_new)):
            if tuple(x.shape) != wanted:
                shape = f"(batch, kv_heads, new, head_dim)={wanted}"
                raise ValueError(f"expected {name} of shape {shape}, got {tuple(x.shape)}")
            if x.dtype != self.dtype:
                raise TypeError(f"expected {name} of dtype {self.dtype}, got {x.dtype}")
            if x.device.type != self.device.type:
                raise ValueError(f"expected {name} on {self.device}, got {x.device}")
            if x.requires_grad:
                raise RuntimeError(
                    f"expected {name} without a graph, got one that requires grad: "
                    "decode under torch.no_grad()"
                )


def check_room(length: int, new: int, capacity: int) -> None:
    """Raise where new rows do not fit behind those that are there."""
    if length + new > capacity:
        raise ValueError(f"expected at most {capacity} tokens in all, got {length} + {new} new")


class PreallocatedCache(KVCache):
    """A cache of fixed capacity, written in place; what it returns is a view of the filled part.

    Nothing is ever copied again. All the memory is taken at once.

    Args:
        batch: sequences.
        kv_heads: heads of keys and values.
        capacity: tokens that fit.
        head_dim: numbers in one key, and in one value.
        dtype: of keys and values.
        device: where they lie.

    Attributes:
        k: the whole buffer of keys, of shape (batch, kv_heads, capacity, head_dim).
        v: the whole buffer of values.

    Raises:
        ValueError: a size is less than 1; `append` raises it when the cache is full.

    Examples:
        >>> cache = PreallocatedCache(batch=1, kv_heads=2, capacity=8, head_dim=4)
        >>> k, v = cache.append(torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4))
        >>> k.shape, k.data_ptr() == cache.k.data_ptr()
        (torch.Size([1, 2, 3, 4]), True)
        >>> cache.bytes_written, cache.bytes_copied, cache.nbytes
        (192, 0, 512)
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
        self.capacity = capacity
        self.k = torch.zeros(batch, kv_heads, capacity, head_dim, dtype=dtype, device=device)
        self.v = torch.zeros_like(self.k)

    @property
    def nbytes(self) -> int:
        """Bytes that the cache occupies, filled or not."""
        return self.k.nbytes + self.v.nbytes

    # --8<-- [start:cache_preallocated]
    def _store(self, k_new: "torch.Tensor", v_new: "torch.Tensor") -> None:
        start, stop = self._length, self._length + k_new.shape[2]
        check_room(start, k_new.shape[2], self.capacity)
        self.k[:, :, start:stop] = k_new
        self.v[:, :, start:stop] = v_new
        self._length = stop

    def _read(self) -> "tuple[torch.Tensor, torch.Tensor]":
        return self.k[:, :, : self._length], self.v[:, :, : self._length]

    # --8<-- [end:cache_preallocated]

    def reserve(self, new: int) -> int:
        """Count rows as there that the caller writes into `k` and `v` itself; return the place of the first.

        Such a caller reads the whole buffers, and so it is counted.

        Args:
            new: how many rows, for each sequence.

        Raises:
            ValueError: there is no room left.
        """
        place = self._length
        check_room(place, new, self.capacity)
        self._length += new
        self.bytes_written += self.batch * new * self.row_bytes
        self.bytes_read += self.nbytes
        return place

    def reset(self) -> None:
        """Forget all tokens and keep the memory: earlier views then show what is written next.

        Counters go on.
        """
        self._length = 0


class ConcatenatedCache(KVCache):
    """A cache that grows by `torch.cat`: every step allocates anew and copies all earlier rows.

    Args:
        batch: sequences.
        kv_heads: heads of keys and values.
        head_dim: numbers in one key, and in one value.
        dtype: of keys and values.
        device: where they lie.

    Attributes:
        k: all keys, of shape (batch, kv_heads, length, head_dim).
        v: all values.

    Examples:
        >>> cache = ConcatenatedCache(batch=1, kv_heads=2, head_dim=4)
        >>> for _ in range(3):
        ...     k, v = cache.append(torch.ones(1, 2, 1, 4), torch.ones(1, 2, 1, 4))
        >>> cache.bytes_written, cache.bytes_copied  # 1 + 1 + 1 rows new, 0 + 1 + 2 moved
        (192, 192)
    """

    def __init__(
        self,
        batch: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(batch, kv_heads, head_dim, dtype, device)
        self.k = torch.zeros(batch, kv_heads, 0, head_dim, dtype=dtype, device=device)
        self.v = torch.zeros_like(self.k)

    @property
    def nbytes(self) -> int:
        """Bytes that the cache occupies."""
        return self.k.nbytes + self.v.nbytes

    def _store(self, k_new: "torch.Tensor", v_new: "torch.Tensor") -> None:
        self.bytes_copied += self.nbytes
        self.k = torch.cat([self.k, k_new], dim=2)
        self.v = torch.cat([self.v, v_new], dim=2)
        self._length = self.k.shape[2]

    def _read(self) -> tuple[Tensor, Tensor]:
        return self.k, self.v


def cache_bytes(
    layers: int,
    kv_heads: int,
    head_dim: int,
    length: int,
    batch: int = 1,
    bytes_per_number: int | float = 2,
) -> int:
    """Return the bytes of a cache, which are those that one decode step reads: all K, and all V.

    Args:
        layers: each has a cache of its own.
        kv_heads: heads of keys and values.
        head_dim: numbers in one key, and in one value.
        length: tokens in the cache.
        batch: sequences.
        bytes_per_number: 2 for float16 and bfloat16, 1 for 8-bit integers, 0.5 for 4-bit ones.

    Returns:
        2 · layers · kv_heads · head_dim · length · batch · bytes_per_number.

    Examples:
        >>> cache_bytes(layers=32, kv_heads=8, head_dim=128, length=1)
        131072
    """
    return round(2 * layers * kv_heads * head_dim * length * batch * bytes_per_number)


def weight_bytes(model: nn.Module, bytes_per_number: int | None = None) -> int:
    """Return the bytes of parameters that one decode step reads.

    All of them, except tables that only `nn.Embedding` modules hold: of those a step reads a row
    for each token. A table that the output layer shares is read whole, and counts once.

    Args:
        model: any module; one on the meta device will do.
        bytes_per_number: instead of what the parameters' dtypes take.

    Examples:
        >>> weight_bytes(nn.Sequential(nn.Embedding(1000, 8), nn.Linear(8, 8, bias=False)))
        256
    """
    read: dict[int, nn.Parameter] = {}
    for module in model.modules():
        if not isinstance(module, nn.Embedding):
            read |= {id(p): p for p in module.parameters(recurse=False)}
    return sum(p.numel() * (bytes_per_number or p.element_size()) for p in read.values())


def crossover_length(
    weights: int,
    layers: int,
    kv_heads: int,
    head_dim: int,
    batch: int = 1,
    bytes_per_number: int | float = 2,
) -> int:
    """Return the context at which a decode step reads more bytes of cache than of weights.

    The weights are read once for the whole batch, the cache once for each sequence.

    Args:
        weights: bytes of weights that a step reads, see `weight_bytes`.
        layers: each has a cache of its own.
        kv_heads: heads of keys and values.
        head_dim: numbers in one key, and in one value.
        batch: sequences.
        bytes_per_number: of the cache.

    Returns:
        The smallest length for which `cache_bytes` is more than `weights`.

    Raises:
        ValueError: a size is less than 1, or `bytes_per_number` not above 0.

    Examples:
        >>> crossover_length(1000, layers=1, kv_heads=1, head_dim=50, batch=1, bytes_per_number=1)
        11
    """
    check_sizes(layers=layers, kv_heads=kv_heads, head_dim=head_dim, batch=batch)
    if bytes_per_number <= 0:
        raise ValueError(f"expected bytes_per_number above 0, got {bytes_per_number}")
    per_token = 2 * layers * kv_heads * head_dim * batch * bytes_per_number
    return int(weights // per_token) + 1
