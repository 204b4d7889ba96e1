"""A cache in pages: sequences of different lengths share one pool, and none reserves its maximum.

Kwon et al., [*PagedAttention*](https://arxiv.org/abs/2309.06180), section 4. Their *block* is a page here, as in an
operating system. Their kernel reads the pages where they lie; plain attention can't, so here the rows are
gathered into a tensor first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool
from torch import Tensor

from reference_impl.attention.cache import KVCache, check_sizes

__all__ = ["PagePool", "PagedCache"]


class PagePool:
    """Pages of keys and values for one layer, with a list of the free ones.

    Args:
        pages: how many there are.
        page_size: tokens that a page holds.
        kv_heads: heads of keys and values.
        head_dim: numbers in one key, and in one value.
        dtype: of keys and values.
        device: where they lie.

    Attributes:
        k: keys, of shape (pages, page_size, kv_heads, head_dim): the heads of a token lie together.
        v: values.
        owners: how many sequences use each page.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> pool = PagePool(pages=4, page_size=16, kv_heads=2, head_dim=8)
        >>> page = pool.allocate()
        >>> page, pool.free_pages
        (0, 3)
        >>> pool.release(page)
        >>> pool.free_pages
        4
    """

    def __init__(
        self,
        pages: int,
        page_size: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        check_sizes(pages=pages, page_size=page_size, kv_heads=kv_heads, head_dim=head_dim)
        self.page_size, self.kv_heads, self.head_dim = page_size, kv_heads, head_dim
        self.k = torch.zeros(pages, page_size, kv_heads, head_dim, dtype=dtype, device=device)
        self.v = torch.zeros_like(self.k)
        self.owners = [0] * pages
        self._free = list(reversed(range(pages)))

    @property
    def free_pages(self) -> int:
        """Pages that nobody uses."""
        return len(self._free)

    @property
    def page_bytes(self) -> int:
        """Bytes of one page, keys and values."""
        return 2 * self.k[0].nbytes

    def allocate(self) -> int:
        """Take a free page and return its number.

        Raises:
            RuntimeError: there is none.
        """
        if not self._free:
            raise RuntimeError(
                f"expected a free page, got a pool with all {len(self.owners)} in use"
            )
        page = self._free.pop()
        self.owners[page] = 1
        return page

    def share(self, page: int) -> None:
        """Add an owner to a page in use.

        Raises:
            ValueError: nobody uses the page.
        """
        self._check_used(page)
        self.owners[page] += 1

    def release(self, page: int) -> None:
        """Take an owner off a page; without owners it is free.

        Raises:
            ValueError: nobody uses the page.
        """
        self._check_used(page)
        self.owners[page] -= 1
        if self.owners[page] == 0:
            self._free.append(page)

    def _check_used(self, page: int) -> None:
        if not 0 <= page < len(self.owners) or self.owners[page] == 0:
            raise ValueError(f"expected a page in use, got {page}")


@dataclass(eq=False)
class _Row:
    """A sequence: its pages in order (the block table), and how many tokens it holds."""

    pages: list[int] = field(default_factory=list)
    length: int = 0


class PagedCache(KVCache):
    """A cache whose sequences take pages from a pool as they grow, and may differ in length.

    Args:
        pool: the pages. Several caches may share it.
        batch: sequences, all empty at first.

    Attributes:
        pool: the pages.

    Raises:
        ValueError: batch is less than 1.

    Examples:
        >>> pool = PagePool(pages=8, page_size=4, kv_heads=2, head_dim=8)
        >>> cache = PagedCache(pool, batch=2)
        >>> for row, length in enumerate((3, 6)):
        ...     x = torch.ones(1, 2, length, 8)
        ...     _ = cache.select(row).append(x, x)
        >>> cache.lengths, cache.tables, cache.wasted_rows
        ((3, 6), ((0,), (1, 2)), 3)
        >>> k, v = cache.append(torch.ones(2, 2, 1, 8), torch.ones(2, 2, 1, 8))
        >>> k.shape  # as long as the longest; behind the end of a shorter one are zeros
        torch.Size([2, 2, 7, 8])
    """

    def __init__(self, pool: PagePool, batch: int) -> None:
        super().__init__(batch, pool.kv_heads, pool.head_dim, pool.k.dtype, pool.k.device)
        self.pool = pool
        self._rows: list[_Row] = [_Row() for _ in range(batch)]

    @classmethod
    def _of(cls, pool: PagePool, rows: Sequence[_Row]) -> "PagedCache":
        if len({id(row) for row in rows}) < len(rows):
            raise ValueError("expected each sequence once, got one twice")
        cache = cls(pool, len(rows))
        cache._rows = list(rows)
        return cache

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens kept, of each sequence."""
        return tuple(row.length for row in self._rows)

    @property
    def length(self) -> int:
        """Tokens kept, of the longest sequence."""
        return max(self.lengths)

    @property
    def tables(self) -> tuple[tuple[int, ...], ...]:
        """The pages of each sequence, in order: its block table."""
        return tuple(tuple(row.pages) for row in self._rows)

    @property
    def nbytes(self) -> int:
        """Bytes of the pages in use by these sequences; a shared page counts once."""
        return len({page for row in self._rows for page in row.pages}) * self.pool.page_bytes

    @property
    def wasted_rows(self) -> int:
        """Places in the last pages that no token fills yet."""
        return sum(len(r.pages) * self.pool.page_size - r.length for r in self._rows)

    @property
    def key_mask(self) -> Bool[Tensor, "batch 1 1 length"]:
        """Where there is a token, and no filling behind the end of a sequence; True is a token."""
        lengths = torch.tensor(self.lengths, device=self.device)
        return (torch.arange(self.length, device=self.device) < lengths[:, None])[:, None, None]

    def select(self, *rows: int) -> "PagedCache":
        """Return a cache of some of the sequences: the same ones, with counters of its own.

        Args:
            rows: their numbers.

        Raises:
            IndexError: there is no such sequence.
            ValueError: none is named, or one twice.
        """
        for row in rows:
            self._check_row(row)
        return self._of(self.pool, [self._rows[row] for row in rows])

    def join(self, other: "PagedCache") -> "PagedCache":
        """Return a cache of these sequences and another's.

        Args:
            other: a cache on the same pool.

        Raises:
            ValueError: the other has a pool of its own, or one of these sequences.
        """
        if other.pool is not self.pool:
            raise ValueError("expected caches that share a pool, got two pools")
        return self._of(self.pool, [*self._rows, *other._rows])

    def fork(self, row: int) -> "PagedCache":
        """Return a cache of one sequence that shares all pages of a row until one of the two writes.

        Args:
            row: which sequence.

        Raises:
            IndexError: there is no such sequence.
        """
        self._check_row(row)
        twin = self.select(row)
        twin._rows = [_Row(list(self._rows[row].pages), self._rows[row].length)]
        for page in twin._rows[0].pages:
            self.pool.share(page)
        return twin

    def free(self, row: int) -> None:
        """Empty a sequence and give its pages back.

        Args:
            row: which sequence.

        Raises:
            IndexError: there is no such sequence.
        """
        self._check_row(row)
        for page in self._rows[row].pages:
            self.pool.release(page)
        self._rows[row].pages, self._rows[row].length = [], 0

    def _check_row(self, row: int) -> None:
        if not 0 <= row < self.batch:
            raise IndexError(f"expected a row from 0 to {self.batch - 1}, got {row}")

    # --8<-- [start:paged_store]
    def _store(self, k_new: "torch.Tensor", v_new: "torch.Tensor") -> None:
        self._make_room(k_new.shape[2])
        for i, row in enumerate(self._rows):
            slots = self._slots(row, row.length, row.length + k_new.shape[2])
            self.pool.k.flatten(0, 1)[slots] = k_new[i].transpose(0, 1)
            self.pool.v.flatten(0, 1)[slots] = v_new[i].transpose(0, 1)
            row.length += k_new.shape[2]

    def _slots(self, row: "_Row", start: int, stop: int) -> "torch.Tensor":
        """Where tokens lie in the pool: page of the token, then its place in the page."""
        size, tokens = self.pool.page_size, torch.arange(start, stop)
        return torch.tensor(row.pages, dtype=torch.long)[tokens // size] * size + tokens % size

    # --8<-- [end:paged_store]

    def _make_room(self, new: int) -> None:
        """Give each sequence the pages that it needs and own the one it writes into, or raise."""
        size = self.pool.page_size
        extra = [max(0, -(-(r.length + new) // size) - len(r.pages)) for r in self._rows]
        split = [r for r in self._rows if new and r.length % size and self._shared(r)]
        users = Counter(row.pages[-1] for row in split)
        copies = sum(min(n, self.pool.owners[page] - 1) for page, n in users.items())
        needed = sum(extra) + copies
        if needed > self.pool.free_pages:
            raise RuntimeError(f"expected {needed} free pages, got {self.pool.free_pages}")
        for row in split:
            if self._shared(row):  # the last owner keeps it
                self._own_last(row)
        for row, count in zip(self._rows, extra, strict=True):
            row.pages += [self.pool.allocate() for _ in range(count)]

    def _shared(self, row: _Row) -> bool:
        return self.pool.owners[row.pages[-1]] > 1

    def _own_last(self, row: _Row) -> None:
        """Copy on write: replace the shared last page by a copy."""
        old, new = row.pages[-1], self.pool.allocate()
        filled = row.length % self.pool.page_size
        self.pool.k[new, :filled] = self.pool.k[old, :filled]
        self.pool.v[new, :filled] = self.pool.v[old, :filled]
        self.bytes_copied += filled * self.row_bytes
        self.pool.release(old)
        row.pages[-1] = new

    def _read(self) -> tuple[Tensor, Tensor]:
        shape = (self.batch, self.length, self.kv_heads, self.head_dim)
        k, v = (torch.zeros(shape, dtype=self.dtype, device=self.device) for _ in range(2))
        for i, row in enumerate(self._rows):
            slots = self._slots(row, 0, row.length)
            k[i, : row.length] = self.pool.k.flatten(0, 1)[slots]
            v[i, : row.length] = self.pool.v.flatten(0, 1)[slots]
        self.bytes_gathered += k.nbytes + v.nbytes
        return k.transpose(1, 2), v.transpose(1, 2)
