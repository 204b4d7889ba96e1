"""Segments that grow, as `PYTORCH_ALLOC_CONF=expandable_segments:True` asks for: one range of addresses, memory page by page."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from reference_impl.memory.caching_allocator import (
    LARGE_SEGMENT,
    MIN_BLOCK,
    SMALL,
    SMALL_SEGMENT,
    Block,
    CachingAllocator,
    segment_size,
)

__all__ = ["ExpandableAllocator"]


class ExpandableAllocator(CachingAllocator):
    """A `CachingAllocator` whose segments grow.

    Each pool of each stream has one segment: a range of addresses that is larger than the device. Memory is put
    behind its addresses in pages, of 2 MiB for the small pool and of 20 MiB for the large one, and taken away again,
    page by page, where nothing is in use.

    Args:
        capacity: as for `CachingAllocator`. Like PyTorch, the limit is compared with what a request needs, not with
            whole pages: `reserved` may pass it by less than one.
        addresses: bytes of the range of a segment. PyTorch takes 1 1/8 times the memory of the device.
        driver: called with the bytes of a page, returns the address at which a new segment begins.

    Examples:
        >>> gpu = ExpandableAllocator()
        >>> x, y = gpu.malloc(15 * 2**20), gpu.malloc(15 * 2**20)
        >>> y - x, gpu.reserved  # 30 MiB need two pages, and lie side by side
        (15728640, 41943040)
    """

    def __init__(
        self,
        capacity: int | None = None,
        addresses: int = 90 * 2**30,
        driver: Callable[[int], int] | None = None,
    ) -> None:
        super().__init__(capacity, driver=driver)
        self.addresses = addresses

    def _next_address(self, size: int) -> int:
        return super()._next_address(self.addresses)

    def _new_segment(self, size: int, stream: int) -> Block | None:
        """Grow a segment until a free block at its end, or in a gap, is large enough."""
        if self.capacity is not None and self.reserved + segment_size(size) > self.capacity:
            return None
        block = self._room(size, stream)
        if not block.mapped:
            self._map(block, min(size, block.size))
        while block.size < size and block.next is not None:
            more = block.next  # addresses without memory: `_room` has measured that they suffice
            self._map(more, min(size - block.size, more.size))
            block = more
        self.pools[block.small].remove(block)
        return block

    def _map(self, block: Block, nbytes: int) -> None:
        """Put pages behind the first `nbytes` addresses of a block, and join it with its free neighbours."""
        page = SMALL_SEGMENT if block.small else LARGE_SEGMENT
        nbytes = -(-nbytes // page) * page
        if nbytes < block.size:
            self._cut(block, nbytes)
        block.mapped = True
        self._grow(nbytes)
        self._record("segment_map", block.address, nbytes, block.stream)
        pool = self.pools[block.small]
        self._merge(block, pool)
        pool.add(block)

    def _room(self, size: int, stream: int) -> Block:
        """Return the lowest block without memory, or the free one before it, where there are addresses enough."""
        small = size <= SMALL
        for head in sorted(self.heads, key=lambda block: block.address):
            if head.small != small or head.stream != stream:
                continue
            for block in head.chain():
                if block.mapped:
                    continue
                free = block.prev is not None and not block.prev.allocated
                first = block.prev if free and block.prev is not None else block
                if sum(part.size for part in _free_run(first)) >= size:
                    return first
        page = SMALL_SEGMENT if small else LARGE_SEGMENT
        total = self.addresses // page * page
        head = Block(self._driver(page), total, small, stream, mapped=False)
        self.heads.append(head)
        return head

    def _cut(self, block: Block, size: int) -> Block:
        """Cut a block in two, and return the second."""
        rest = Block(block.address + size, block.size - size, block.small, block.stream)
        rest.mapped, rest.prev, rest.next = block.mapped, block, block.next
        if rest.next is not None:
            rest.next.prev = rest
        block.size, block.next = size, rest
        return rest

    def _join(self, block: Block, behind: Block) -> None:
        """Let a block take in the one behind it."""
        block.size += behind.size
        block.next = behind.next
        if block.next is not None:
            block.next.prev = block

    def _worth_a_split(self, block: Block, size: int) -> bool:
        return block.size - size >= MIN_BLOCK

    def _cached(self, size: int, stream: int) -> Block | None:
        """Take the smallest free block, where one that can grow counts with all it can grow to."""
        pool = self.pools[size <= SMALL]
        candidates = list(pool.fitting(size, stream))
        if not candidates:
            return None
        block = candidates[0]
        for smaller, larger in pairwise(candidates):
            if _can_be(larger) >= _can_be(smaller):
                break
            block = larger
        pool.remove(block)
        return block

    def empty_cache(self) -> None:
        """Give back every page in which nothing is in use."""
        for pool in (self.pools[False], self.pools[True]):
            for block in [pool.blocks[key[2]] for key in pool.keys]:
                self._unmap(block)

    def _unmap(self, block: Block) -> None:
        """Take the whole pages within a free block away."""
        page = SMALL_SEGMENT if block.small else LARGE_SEGMENT
        head = next(head for head in self.heads if any(part is block for part in head.chain()))
        begin = -(-(block.address - head.address) // page) * page + head.address
        end = (block.address + block.size - head.address) // page * page + head.address
        if begin >= end:
            return
        pool = self.pools[block.small]
        pool.remove(block)
        middle = block
        if begin > block.address:
            middle = self._cut(block, begin - block.address)
            pool.add(block)
        if end < middle.address + middle.size:
            pool.add(self._cut(middle, end - middle.address))
        middle.mapped = False
        self.reserved -= end - begin
        self._record("segment_unmap", begin, end - begin, block.stream)
        if middle.next is not None and not middle.next.mapped:
            self._join(middle, middle.next)
        if middle.prev is not None and not middle.prev.mapped:
            self._join(middle.prev, middle)
            middle = middle.prev
        if not middle.split:
            self.heads.remove(middle)

    @property
    def inactive_split(self) -> int:
        """Zero: PyTorch does not count it where every free page can be given back."""
        return 0


def _free_run(block: Block) -> Iterator[Block]:
    """Yield blocks from one on, up to the first that is in use."""
    for part in block.chain():
        if part.allocated:
            return
        yield part


def _can_be(block: Block) -> int:
    """Return the bytes that a free block has, with those it could grow to."""
    more = block.next
    return block.size + (more.size if more is not None and not more.mapped else 0)
