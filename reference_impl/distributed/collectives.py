"""The collectives, each made of sends and receives, with the bytes that each rank sends counted.

The ring all-reduce is that of Patarasuk and Yuan, [*Bandwidth optimal all-reduce algorithms for clusters of
workstations*](https://doi.org/10.1016/j.jpdc.2008.09.002), 2009: a reduce-scatter, then an all-gather.
"""

# --8<-- [start:collectives_imports]
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributed

# --8<-- [end:collectives_imports]

__all__ = [
    "Links",
    "all_gather",
    "all_reduce",
    "all_to_all",
    "broadcast",
    "reduce_scatter",
    "require_same",
    "ring_bytes",
    "tree_all_reduce",
]

Combine = Callable[[Tensor, Tensor], Tensor]


class Links:
    """What connects this rank with the others: it sends, receives, and counts what it sends.

    Attributes:
        rank: this rank, in the group.
        size: ranks of the group.
        messages: sent so far.
        bytes: sent so far.

    Args:
        group: the ranks that take part; all by default.

    Raises:
        ValueError: there is no process group, or this rank is not part of `group`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     links, got = Links(), torch.zeros(3)
        ...     links.swap(torch.full((3,), float(rank)), 1 - rank, got, 1 - rank)
        ...     return got.tolist(), links.messages, links.bytes
        >>> run_ranks(work, 2, start_method="fork")
        [([1.0, 1.0, 1.0], 1, 12), ([0.0, 0.0, 0.0], 1, 12)]
    """

    def __init__(
        self,
        group: "Any" = None,  # noqa: ANN401  # new_group returns a number where a rank has no part
    ) -> None:
        self.group, self.size = group, group_size(group)
        self.rank = distributed.get_rank(group)
        if self.rank < 0:
            raise ValueError("expected a group that this rank is part of, got one without it")
        self.messages = self.bytes = 0

    # --8<-- [start:collectives_links]
    def send(self, x: "torch.Tensor", to: int) -> None:
        """Send a tensor. Empty ones are not sent: both sides know their size."""
        if x.numel():
            distributed.send(x.contiguous(), group=self.group, group_dst=to)
            self._count(x)

    def receive(self, into: "torch.Tensor", source: int) -> None:
        """Fill a contiguous tensor with what `source` sends."""
        if into.numel():
            distributed.recv(into, group=self.group, group_src=source)

    def swap(self, x: "torch.Tensor", to: int, into: "torch.Tensor", source: int) -> None:
        """Send and receive at the same time, so that a ring of such calls does not lock up."""
        x, sending = x.contiguous(), None
        if x.numel():
            sending = distributed.isend(x, group=self.group, group_dst=to)
            self._count(x)
        self.receive(into, source)
        if sending is not None:
            sending.wait()

    def _count(self, x: "torch.Tensor") -> None:
        self.messages += 1
        self.bytes += x.numel() * x.element_size()

    # --8<-- [end:collectives_links]


def broadcast(x: Tensor, source: int = 0, links: Links | None = None) -> Tensor:
    """Give every rank the tensor of one, along a tree: those who have it double each round.

    Args:
        x: the tensor, at `source`; elsewhere one of its shape and dtype, which is overwritten.
        source: the rank that has it.
        links: what counts; new ones by default.

    Returns:
        `x`.

    Raises:
        ValueError: there is no rank `source`, or `x` is not contiguous.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> run_ranks(lambda rank: broadcast(torch.tensor([rank]), 2).item(), 4, start_method="fork")
        [2, 2, 2, 2]
    """
    links = links or Links()
    if not 0 <= source < links.size:
        raise ValueError(f"expected a source from 0 to {links.size - 1}, got {source}")
    _require_contiguous(x)
    _spread(x, source, links)
    return x


# --8<-- [start:collectives_spread]
def _spread(x: "torch.Tensor", source: int, links: "Links") -> None:
    """Round k: the first 2**k ranks, counted from the source, send to the next 2**k."""
    place, reach = (links.rank - source) % links.size, 1
    while reach < links.size:
        if place < reach and place + reach < links.size:
            links.send(x, (links.rank + reach) % links.size)
        elif reach <= place < 2 * reach:
            links.receive(x, (links.rank - reach) % links.size)
        reach *= 2


# --8<-- [end:collectives_spread]


# --8<-- [start:collectives_ring]
def _ring_reduce(chunks: "list[torch.Tensor]", links: "Links", combine: "Combine") -> None:
    """After n - 1 steps chunk `rank` of this rank holds what all ranks had there."""
    n, rank = links.size, links.rank
    for step in range(n - 1):
        outgoing, own = chunks[(rank - step - 1) % n], chunks[(rank - step - 2) % n]
        incoming = torch.empty_like(own)
        links.swap(outgoing, (rank + 1) % n, incoming, (rank - 1) % n)
        own.copy_(combine(incoming, own))


def _ring_gather(chunks: "list[torch.Tensor]", links: "Links") -> None:
    """Each rank has chunk `rank`; after n - 1 steps each has all of them."""
    n, rank = links.size, links.rank
    for step in range(n - 1):
        outgoing, incoming = chunks[(rank - step) % n], chunks[(rank - step - 1) % n]
        links.swap(outgoing, (rank + 1) % n, incoming, (rank - 1) % n)


# --8<-- [end:collectives_ring]


def all_reduce(x: Tensor, links: Links | None = None, combine: Combine = torch.add) -> Tensor:
    """Return the sum over the ranks of their tensors, on every rank, by a ring.

    The tensor is cut into as many chunks as there are ranks, of sizes that differ by at most 1. All
    ranks get the same bits: each chunk is summed once, then handed round.

    Args:
        x: a tensor of the same shape and dtype on each rank.
        links: what counts; new ones by default.
        combine: what puts two tensors together; their sum by default. Its result must not depend on
            the order, rounding apart.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     links = Links()
        ...     return all_reduce(torch.arange(8) * rank, links).sum().item(), links.bytes
        >>> run_ranks(work, 4, start_method="fork")  # 64 bytes each, 2 * 3/4 of it sent
        [(168, 96), (168, 96), (168, 96), (168, 96)]
    """
    links = links or Links()
    out = x.detach().clone(memory_format=torch.contiguous_format)
    chunks = list(out.view(-1).tensor_split(links.size))
    _ring_reduce(chunks, links, combine)
    _ring_gather(chunks, links)
    return out


def reduce_scatter(x: Tensor, links: Links | None = None, combine: Combine = torch.add) -> Tensor:
    """Return this rank's part, along the first dimension, of the sum over the ranks.

    Args:
        x: a tensor of the same shape and dtype on each rank.
        links: what counts; new ones by default.
        combine: as in `all_reduce`.

    Raises:
        ValueError: the number of ranks does not divide the first dimension.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> run_ranks(lambda rank: reduce_scatter(torch.arange(4)).tolist(), 2, start_method="fork")
        [[0, 2], [4, 6]]
    """
    links = links or Links()
    _require_divisible(x, links.size)
    chunks = list(x.detach().clone(memory_format=torch.contiguous_format).tensor_split(links.size))
    _ring_reduce(chunks, links, combine)
    return chunks[links.rank].clone()


def all_gather(x: Tensor, links: Links | None = None) -> Tensor:
    """Return the tensors of all ranks, joined along the first dimension, on every rank.

    Args:
        x: a tensor of the same shape and dtype on each rank, with at least one dimension.
        links: what counts; new ones by default.

    Raises:
        ValueError: `x` has no dimension.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> run_ranks(lambda rank: all_gather(torch.tensor([rank])).tolist(), 3, start_method="fork")
        [[0, 1, 2], [0, 1, 2], [0, 1, 2]]
    """
    links = links or Links()
    if x.ndim == 0:
        raise ValueError("expected a tensor with at least one dimension, got one with none")
    out = x.new_empty((links.size * x.shape[0], *x.shape[1:]))
    chunks = list(out.tensor_split(links.size))
    chunks[links.rank].copy_(x.detach())
    _ring_gather(chunks, links)
    return out


# --8<-- [start:collectives_all_to_all]
def all_to_all(x: "torch.Tensor", links: "Links | None" = None) -> "torch.Tensor":
    """Send part `r` of the first dimension to rank `r`; return what came, in the order of the ranks.

    Args:
        x: a tensor of the same shape and dtype on each rank.
        links: what counts; new ones by default.

    Raises:
        ValueError: the number of ranks does not divide the first dimension.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     return all_to_all(torch.tensor([10, 20]) + rank).tolist()
        >>> run_ranks(work, 2, start_method="fork")
        [[10, 11], [20, 21]]
    """
    links = links or Links()
    _require_divisible(x, links.size)
    out = torch.empty_like(x, memory_format=torch.contiguous_format)
    parts, places = x.detach().tensor_split(links.size), out.tensor_split(links.size)
    places[links.rank].copy_(parts[links.rank])
    for step in range(1, links.size):
        to, source = (links.rank + step) % links.size, (links.rank - step) % links.size
        links.swap(parts[to], to, places[source], source)
    return out


# --8<-- [end:collectives_all_to_all]


def tree_all_reduce(x: Tensor, links: Links | None = None, combine: Combine = torch.add) -> Tensor:
    """Return the sum over the ranks, on every rank: up a tree to rank 0, and down again.

    It takes about `2 * log2(n)` rounds instead of a ring's `2 * (n - 1)`, and each message is the
    whole tensor.

    Args:
        x: a tensor of the same shape and dtype on each rank.
        links: what counts; new ones by default.
        combine: as in `all_reduce`.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     links = Links()
        ...     return tree_all_reduce(torch.tensor([rank]), links).item(), links.messages
        >>> run_ranks(work, 4, start_method="fork")
        [(6, 2), (6, 2), (6, 1), (6, 1)]
    """
    links = links or Links()
    out = x.detach().clone(memory_format=torch.contiguous_format)
    reach = 1
    while reach < links.size:
        if links.rank % (2 * reach) == reach:
            links.send(out, links.rank - reach)
            break
        if links.rank + reach < links.size:
            incoming = torch.empty_like(out)
            links.receive(incoming, links.rank + reach)
            out = combine(out, incoming)
        reach *= 2
    _spread(out, 0, links)
    return out


def ring_bytes(numel: int, element_size: int, size: int, rank: int) -> int:
    """Return what a rank sends in a ring `all_reduce`: all chunks but its own, all but the next.

    Where `size` divides `numel` that is `2 * (size - 1) / size` of the tensor.

    Args:
        numel: elements of the tensor.
        element_size: bytes of one.
        size: ranks.
        rank: which one.

    Raises:
        ValueError: a number is negative, or there is no such rank.

    Examples:
        >>> ring_bytes(1000, 4, size=4, rank=0)
        6000
        >>> [ring_bytes(10, 4, size=4, rank=rank) for rank in range(4)]
        [56, 60, 64, 60]
    """
    if min(numel, element_size) < 0 or not 0 <= rank < size:
        raise ValueError(
            "expected numel and element_size of at least 0 and a rank below size, "
            f"got {numel}, {element_size} and rank {rank} of {size}"
        )
    chunks = [numel // size + (index < numel % size) for index in range(size)]
    return element_size * (2 * numel - chunks[rank] - chunks[(rank + 1) % size])


def group_size(group: Any = None) -> int:  # noqa: ANN401  # see Links
    """Return the number of ranks; raise where there is no process group."""
    if not distributed.is_initialized():
        raise ValueError("expected a process group, call init_process_group or run_ranks first")
    return distributed.get_world_size(group)


def require_same(what: str, value: object, group: distributed.ProcessGroup | None = None) -> None:
    """Raise the same error on every rank unless all ranks have the same value.

    A collective over tensors of different shapes hangs, dies, or mixes the numbers up. This asks first.

    Args:
        what: names the value in the message.
        value: anything that pickles, and compares with `==`.
        group: the ranks that are asked; all by default.

    Raises:
        ValueError: there is no process group, or the ranks do not agree; says what each has.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> run_ranks(lambda rank: require_same("shape", (2, 3)), 2, start_method="fork")
        [None, None]
    """
    found: list[object] = [None] * group_size(group)
    distributed.all_gather_object(found, value, group)
    if any(other != found[0] for other in found):
        listed = ", ".join(f"{other} on rank {rank}" for rank, other in enumerate(found))
        raise ValueError(f"expected the same {what} on all ranks, got {listed}")


def _require_contiguous(x: Tensor) -> None:
    if not x.is_contiguous():
        raise ValueError(
            "expected a contiguous tensor to write into, "
            f"got shape {tuple(x.shape)} with strides {x.stride()}"
        )


def _require_divisible(x: Tensor, size: int) -> None:
    rows = x.shape[0] if x.ndim else 0
    if x.ndim == 0 or rows % size:
        raise ValueError(
            f"expected a first dimension that {size} ranks divide, got shape {tuple(x.shape)}"
        )
