"""PyTorch's caching allocator for CUDA, as a simulation: segments, blocks, best fit, splitting and merging.

The rules are those of `c10/cuda/CUDACachingAllocator.cpp`, the sizes those of `c10/core/AllocatorConfig.h`, which is
installed under `torch/include`. One device; no waiting for other streams; no pools of CUDA graphs.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch

__all__ = ["CachingAllocator", "block_size", "segment_size"]

KIB, MIB = 2**10, 2**20

MIN_BLOCK = 512  # every block is a multiple of this
SMALL = 1 * 2**20  # the largest block of the small pool
SMALL_SEGMENT = 2 * 2**20  # what the small pool asks the driver for
MIN_LARGE = 10 * 2**20  # from here on a request has a segment of its own size
LARGE_SEGMENT = 20 * 2**20  # what a smaller one of the large pool asks for
ROUND_LARGE = 2 * 2**20  # and what larger ones are rounded up to


def block_size(nbytes: int) -> int:
    """Return the bytes of the block for a request.

    Args:
        nbytes: that are asked for.

    Examples:
        >>> block_size(4), block_size(513)
        (512, 1024)
    """
    return -(-nbytes // MIN_BLOCK) * MIN_BLOCK


def segment_size(block: int) -> int:
    """Return the bytes to ask the driver for, when no cached block can hold one of this size.

    Args:
        block: its bytes.

    Examples:
        >>> [segment_size(mib * 2**20) // 2**20 for mib in (1, 3, 10, 25)]
        [2, 20, 10, 26]
    """
    if block <= SMALL:
        return SMALL_SEGMENT
    if block < MIN_LARGE:
        return LARGE_SEGMENT
    return -(-block // ROUND_LARGE) * ROUND_LARGE


@dataclass(eq=False)
class Block:
    """A piece of a segment. Its neighbours in the segment are `prev` and `next`."""

    address: int
    size: int
    small: bool
    stream: int
    allocated: bool = False
    requested: int = 0
    mapped: bool = True  # False: addresses without memory, in an expandable segment
    prev: "Block | None" = None
    next: "Block | None" = None

    @property
    def split(self) -> bool:
        """Whether it is only a part of its segment."""
        return self.prev is not None or self.next is not None

    def chain(self) -> "Iterator[Block]":
        """Yield this block and those behind it."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.next


class Pool:
    """Free blocks in the order of the search: by stream, then size, then address."""

    def __init__(self) -> None:
        self.keys: list[tuple[int, int, int]] = []
        self.blocks: dict[int, Block] = {}

    def add(self, block: Block) -> None:
        """Take in a free block."""
        insort(self.keys, (block.stream, block.size, block.address))
        self.blocks[block.address] = block

    def remove(self, block: Block) -> None:
        """Give away a block."""
        del self.keys[bisect_left(self.keys, (block.stream, block.size, block.address))]
        del self.blocks[block.address]

    def fitting(self, size: int, stream: int) -> Iterator[Block]:
        """Yield the blocks of a stream that are large enough, the smallest first."""
        for key in self.keys[bisect_left(self.keys, (stream, size, 0)) :]:
            if key[0] != stream:
                return
            yield self.blocks[key[2]]


class CachingAllocator:
    """Hands out addresses as PyTorch does on a GPU, and keeps the same counts.

    Args:
        capacity: bytes that the device has, or that `set_per_process_memory_fraction` allows. No limit by default.
        max_split: bytes from which on a block is not split, as the setting `max_split_size_mb`. By default all are.
        driver: called with the bytes of a new segment, returns its address. By default segments follow one another
            with gaps between.

    Attributes:
        allocated: bytes of the blocks in use, as `torch.cuda.memory_allocated()`.
        reserved: bytes of all segments, as `torch.cuda.memory_reserved()`.
        requested: bytes that were asked for, before rounding: `requested_bytes.all.current` of `memory_stats()`.
        max_allocated: the most that `allocated` was.
        max_reserved: the most that `reserved` was.
        num_alloc_retries: how often the driver refused, and cached segments were given back.
        num_ooms: how often that did not help.

    Raises:
        ValueError: a capacity or a size is not positive; a freed address is not in use.

    Examples:
        >>> gpu = CachingAllocator()
        >>> x = gpu.malloc(4)
        >>> gpu.requested, gpu.allocated, gpu.reserved
        (4, 512, 2097152)
        >>> gpu.free(x)
        >>> gpu.allocated, gpu.reserved
        (0, 2097152)
        >>> gpu.empty_cache()
        >>> gpu.reserved
        0
    """

    def __init__(
        self,
        capacity: int | None = None,
        max_split: int | None = None,
        driver: Callable[[int], int] | None = None,
    ) -> None:
        for name, value in (("capacity", capacity), ("max_split", max_split)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, got {value}")
        self.capacity, self.max_split = capacity, max_split
        self._driver = driver if driver is not None else self._next_address
        self._free_addresses = 2**40
        self.pools = {True: Pool(), False: Pool()}  # small, large
        self.heads: list[Block] = []  # the first block of each segment
        self._live: dict[int, Block] = {}
        self.allocated = self.reserved = self.requested = 0
        self.max_allocated = self.max_reserved = 0
        self.num_alloc_retries = self.num_ooms = 0
        self._trace: list[dict[str, Any]] = []
        self._clock = count()

    def _next_address(self, size: int) -> int:
        address, self._free_addresses = self._free_addresses, self._free_addresses + size + 32 * MIB
        return address

    def malloc(self, nbytes: int, stream: int = 0) -> int:
        """Return the address of a block: a cached one, a new segment, or one after giving cached segments back.

        Raises:
            torch.OutOfMemoryError: there is none.
        """
        if nbytes <= 0:
            raise ValueError(f"expected a positive number of bytes, got {nbytes}")
        size = block_size(nbytes)
        block = self._cached(size, stream) or self._new_segment(size, stream)
        if block is None and self._release_large(size, stream):
            block = self._new_segment(size, stream)
        if block is None:
            self.num_alloc_retries += 1
            self.empty_cache()
            block = self._new_segment(size, stream)
        if block is None:
            self.num_ooms += 1
            self._record("oom", 0, segment_size(size), stream)
            raise torch.OutOfMemoryError(self._message(size))
        self._split(block, size)
        return self._hand_out(block, nbytes)

    # --8<-- [start:caching_allocator_find]
    def _cached(self, size: "int", stream: "int") -> "Block | None":
        """Take the smallest free block that is large enough."""
        pool = self.pools[size <= SMALL]
        block = next(pool.fitting(size, stream), None)
        if block is None or not self._may_take(block, size):
            return None
        pool.remove(block)
        return block

    def _split(self, block: "Block", size: "int") -> "None":
        """Give the end of a block back to the pool, if it is worth a block of its own."""
        if not self._worth_a_split(block, size):
            return
        rest = Block(block.address + size, block.size - size, block.small, block.stream, prev=block)
        block.size, rest.next, block.next = size, block.next, rest
        if rest.next is not None:
            rest.next.prev = rest
        self.pools[block.small].add(rest)

    def _worth_a_split(self, block: "Block", size: "int") -> "bool":
        rest = block.size - size
        if block.small:
            return rest >= MIN_BLOCK
        return rest > SMALL and (self.max_split is None or size < self.max_split)

    # --8<-- [end:caching_allocator_find]

    def _may_take(self, block: Block, size: int) -> bool:
        """Say whether `max_split` lets a request have a block: large ones are kept for large requests."""
        if self.max_split is None:
            return True
        if size < self.max_split:
            return block.size < self.max_split
        return block.size < size + LARGE_SEGMENT

    def _new_segment(self, size: int, stream: int) -> Block | None:
        """Ask the driver for memory. Return None if it has none left."""
        whole = segment_size(size)
        if self.capacity is not None and self.reserved + whole > self.capacity:
            return None
        block = Block(self._driver(whole), whole, size <= SMALL, stream)
        self.heads.append(block)
        self._grow(whole)
        self._record("segment_alloc", block.address, whole, stream)
        return block

    def _grow(self, nbytes: int) -> None:
        self.reserved += nbytes
        self.max_reserved = max(self.max_reserved, self.reserved)

    def _hand_out(self, block: Block, nbytes: int) -> int:
        block.allocated, block.requested = True, nbytes
        self._live[block.address] = block
        self.requested += nbytes
        self.allocated += block.size
        self.max_allocated = max(self.max_allocated, self.allocated)
        self._record("alloc", block.address, nbytes, block.stream)
        return block.address

    def free(self, address: int) -> None:
        """Give a block back to its pool, joined with its free neighbours. Nothing goes to the driver."""
        if address not in self._live:
            raise ValueError(f"no block in use at address {address}")
        block = self._live.pop(address)
        self._record("free_requested", address, block.requested, block.stream)
        self._record("free_completed", address, block.requested, block.stream)
        self.allocated -= block.size
        self.requested -= block.requested
        block.allocated, block.requested = False, 0
        pool = self.pools[block.small]
        self._merge(block, pool)
        pool.add(block)

    def _merge(self, block: Block, pool: Pool) -> None:
        """Let a block take in its free neighbours in the segment."""
        for other in (block.prev, block.next):
            if other is None or other.allocated or not other.mapped:
                continue
            pool.remove(other)
            block.size += other.size
            if other is block.prev:
                block.address, block.prev = other.address, other.prev
                if block.prev is None:
                    self.heads[self.heads.index(other)] = block
                else:
                    block.prev.next = block
            else:
                block.next = other.next
                if block.next is not None:
                    block.next.prev = block

    def empty_cache(self) -> None:
        """Give the segments back to the driver that are one free block. A segment in use in any part stays."""
        for pool in (self.pools[False], self.pools[True]):
            for key in list(pool.keys):
                block = pool.blocks[key[2]]
                if not block.split:
                    self._release(block)

    def _release_large(self, size: int, stream: int) -> bool:
        """With `max_split`, give back large segments until they make up for a request. Say whether they do."""
        if self.max_split is None:
            return False
        pool, needed = self.pools[size <= SMALL], max(size, self.max_split)
        fits = next(pool.fitting(needed, stream), None)
        if fits is not None:
            self._release(fits)
            return True
        released = 0
        for block in reversed(list(pool.fitting(self.max_split, stream))):
            if released >= needed:
                break
            released += block.size
            self._release(block)
        return released >= needed

    def _release(self, block: Block) -> None:
        """Give a segment that is one free block back to the driver."""
        self.pools[block.small].remove(block)
        self.heads.remove(block)
        self.reserved -= block.size
        self._record("segment_free", block.address, block.size, block.stream)

    @property
    def inactive_split(self) -> int:
        """Bytes that are free, in segments that are partly in use: `empty_cache` can't give them back."""
        blocks = (block for head in self.heads for block in head.chain())
        return sum(block.size for block in blocks if not block.allocated and block.split)

    @property
    def largest_free(self) -> int:
        """Bytes of the largest free block."""
        sizes = [key[1] for pool in self.pools.values() for key in pool.keys]
        return max(sizes, default=0)

    def _message(self, size: int) -> str:
        free = "unknown" if self.capacity is None else f"{self.capacity - self.reserved:,}"
        return (
            f"tried to allocate {segment_size(size):,} bytes; the device has {free} left; {self.allocated:,} are "
            f"allocated, and {self.reserved - self.allocated:,} are reserved but unallocated, in pieces of at most "
            f"{self.largest_free:,}"
        )

    def _record(self, action: str, address: int, size: int, stream: int) -> None:
        entry = {"action": action, "addr": address, "size": size, "stream": stream, "frames": []}
        self._trace.append(entry | {"time_us": next(self._clock)})

    def snapshot(self) -> dict[str, Any]:
        """Return the state and all that happened, as `torch.cuda.memory._snapshot()` does."""
        segments: list[dict[str, Any]] = []
        for head in sorted(self.heads, key=lambda block: block.address):
            blocks = [block for block in head.chain() if block.mapped]
            segments.append(
                {
                    "device": 0,
                    "address": head.address,
                    "total_size": sum(block.size for block in blocks),
                    "allocated_size": sum(block.size for block in blocks if block.allocated),
                    "active_size": sum(block.size for block in blocks if block.allocated),
                    "stream": head.stream,
                    "segment_type": "small" if head.small else "large",
                    "blocks": [
                        {
                            "address": block.address,
                            "size": block.size,
                            "requested_size": block.requested,
                            "state": "active_allocated" if block.allocated else "inactive",
                            "frames": [],
                        }
                        for block in blocks
                    ],
                }
            )
        return {"segments": segments, "device_traces": [list(self._trace)]}
