r"""Attention over a sequence that lies on several ranks: keys and values go round, queries stay.

Liu, Zaharia and Abbeel, [*Ring attention with blockwise transformers*](https://arxiv.org/abs/2310.01889). Each rank
holds two chunks of the sequence. Which two is the *layout*: neighbours (`contiguous`), or one from each end
(`zigzag`), which gives every rank the same work under a causal mask. Brandon et al., [*Striped
attention*](https://arxiv.org/abs/2311.09431), name the imbalance and deal single tokens out instead.
"""

# --8<-- [start:ring_attention_imports]
import math
from dataclasses import dataclass, field
from typing import Any

import torch

# --8<-- [end:ring_attention_imports]
from jaxtyping import Float
from torch import Tensor, distributed
from torch.autograd.function import once_differentiable

from reference_impl.attention.tiled import fold
from reference_impl.distributed.collectives import require_same

__all__ = ["RingLog", "chunks_of", "join_sequence", "ring_attention", "split_sequence"]

LAYOUTS = ("contiguous", "zigzag")


# --8<-- [start:ring_attention_layout]
def chunks_of(rank: int, world_size: int, layout: str = "zigzag") -> "tuple[int, int]":
    """Return which two of the `2 * world_size` chunks of a sequence a rank holds.

    Args:
        rank: from 0.
        world_size: ranks among which the sequence is split.
        layout: `contiguous` or `zigzag`.

    Raises:
        ValueError: the layout is another, or the rank is not one of the ranks.

    Examples:
        >>> [chunks_of(rank, 4) for rank in range(4)]
        [(0, 7), (1, 6), (2, 5), (3, 4)]
        >>> [chunks_of(rank, 4, "contiguous") for rank in range(4)]
        [(0, 1), (2, 3), (4, 5), (6, 7)]
    """
    if layout not in ("contiguous", "zigzag") or not 0 <= rank < world_size:
        raise ValueError(
            f"expected the layout contiguous or zigzag and a rank below {world_size}, got {layout!r} and {rank}"
        )
    if layout == "zigzag":
        return rank, 2 * world_size - 1 - rank
    return 2 * rank, 2 * rank + 1


# --8<-- [end:ring_attention_layout]


def split_sequence(
    x: Tensor, rank: int, world_size: int, *, layout: str = "zigzag", dim: int = -2
) -> Tensor:
    """Return the tokens of x that a rank holds, its first chunk before its second.

    Args:
        x: any tensor with a dimension of tokens: embeddings, ids, positions, targets.
        rank: from 0.
        world_size: ranks.
        layout: `contiguous` or `zigzag`.
        dim: the dimension of tokens.

    Raises:
        ValueError: the length is no multiple of `2 * world_size`.

    Examples:
        >>> split_sequence(torch.arange(8), 0, 2, dim=0)
        tensor([0, 1, 6, 7])
    """
    length = x.shape[dim]
    if length == 0 or length % (2 * world_size):
        raise ValueError(
            f"expected a length that 2 * {world_size} ranks divide, so that each gets two chunks, got {length}"
        )
    chunks = x.chunk(2 * world_size, dim)
    return torch.cat([chunks[i] for i in chunks_of(rank, world_size, layout)], dim)


def join_sequence(parts: list[Tensor], *, layout: str = "zigzag", dim: int = -2) -> Tensor:
    """Return the whole sequence from the parts of all ranks.

    Args:
        parts: of rank 0, 1, ..., as `split_sequence` gave them.
        layout: as there.
        dim: as there.

    Examples:
        >>> join_sequence([torch.tensor([0, 1, 6, 7]), torch.tensor([2, 3, 4, 5])], dim=0)
        tensor([0, 1, 2, 3, 4, 5, 6, 7])
    """
    chunks: dict[int, Tensor] = {}
    for rank, part in enumerate(parts):
        chunks |= dict(zip(chunks_of(rank, len(parts), layout), part.chunk(2, dim), strict=True))
    return torch.cat([chunks[i] for i in range(2 * len(parts))], dim)


@dataclass
class RingLog:
    """What one rank did in a ring, forward and backward.

    Attributes:
        owners: whose keys and values it had at each step of the forward pass.
        work: pairs of a chunk of queries and a chunk of keys that it computed at each of these steps; a pair
            on the diagonal counts as one, though half of it is masked.
        forward_bytes: sent to the next rank.
        backward_bytes: likewise, keys, values and their gradients.

    Examples:
        >>> RingLog().owners
        []
    """

    owners: list[int] = field(default_factory=list)
    work: list[int] = field(default_factory=list)
    forward_bytes: int = 0
    backward_bytes: int = 0


class _Ring:
    """Who is next, and what travels: each rank sends to the next and receives from the one before."""

    def __init__(self, group: "distributed.ProcessGroup | None") -> None:
        self.size, self.rank = distributed.get_world_size(group), distributed.get_rank(group)
        ranks = distributed.get_process_group_ranks(group or distributed.group.WORLD)
        self.next, self.last = ranks[(self.rank + 1) % self.size], ranks[self.rank - 1]
        self.group, self.sent = group, 0

    def start(self, x: "torch.Tensor") -> "tuple[list[Any], torch.Tensor]":
        """Begin to pass x on; return what to wait for."""
        received = torch.empty_like(x)
        if self.size == 1:
            return [], x
        self.sent += x.nbytes
        sending = distributed.isend(x, self.next, self.group)
        receiving = distributed.irecv(received, self.last, self.group)
        return [sending, receiving], received

    def finish(self, started: "tuple[list[Any], torch.Tensor]") -> "torch.Tensor":
        """Wait, and return what came from the rank before."""
        requests, received = started
        for request in requests:
            request.wait()
        return received


@dataclass(frozen=True)
class _Settings:
    causal: bool
    layout: str
    scale: float
    group: Any
    log: RingLog | None

    def pairs(self, rank: int, owner: int, size: int) -> list[tuple[int, int, bool]]:
        """Return (query half, key half, on the diagonal) of each pair that must be computed."""
        mine, theirs = chunks_of(rank, size, self.layout), chunks_of(owner, size, self.layout)
        every = [(i, j) for i in (0, 1) for j in (0, 1)]
        if not self.causal:
            return [(i, j, False) for i, j in every]
        return [(i, j, mine[i] == theirs[j]) for i, j in every if theirs[j] <= mine[i]]


def _wide(x: Tensor) -> Tensor:
    return x.float() if x.dtype.itemsize < 4 else x


def _scores(q: Tensor, k: Tensor, scale: float, diagonal: bool) -> Tensor:
    scores = (q * scale) @ k.mT
    if diagonal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    return scores


# --8<-- [start:ring_attention_forward]
def _forward(
    q: "torch.Tensor", k: "torch.Tensor", v: "torch.Tensor", settings: "_Settings"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the output and the log-sum-exp of each of this rank's queries."""
    ring, log = _Ring(settings.group), settings.log
    queries = _wide(q).chunk(2, -2)
    nothing = [torch.zeros_like(part[..., :1]) for part in queries]
    state = [(n - math.inf, n, torch.zeros_like(p)) for n, p in zip(nothing, queries, strict=True)]
    pair = torch.stack([k, v])
    for step in range(ring.size):
        last = step == ring.size - 1
        started = None if last else ring.start(pair)  # travels while we compute
        owner = (ring.rank - step) % ring.size
        keys, values = (x.chunk(2, -2) for x in _wide(pair))
        todo = settings.pairs(ring.rank, owner, ring.size)
        for i, j, diagonal in todo:
            scores = _scores(queries[i], keys[j], settings.scale, diagonal)
            state[i] = fold(state[i], scores, values[j])
        if log is not None:
            log.owners.append(owner)
            log.work.append(len(todo))
        pair = pair if started is None else ring.finish(started)
    if log is not None:
        log.forward_bytes += ring.sent
    out = torch.cat([sums / total for _, total, sums in state], -2)
    return out, torch.cat([maximum + total.log() for maximum, total, _ in state], -2)


# --8<-- [end:ring_attention_forward]


# --8<-- [start:ring_attention_backward]
def _backward(
    grad: "torch.Tensor",
    qkv: "tuple[torch.Tensor, torch.Tensor, torch.Tensor]",
    out: "torch.Tensor",
    lse: "torch.Tensor",
    settings: "_Settings",
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the gradients of q, and of k and v stacked; the latter travel with their keys."""
    ring, (q, k, v) = _Ring(settings.group), qkv
    delta = (grad * out).sum(-1, keepdim=True).chunk(2, -2)
    queries, grads, lses = _wide(q).chunk(2, -2), grad.chunk(2, -2), lse.chunk(2, -2)
    dq = [torch.zeros_like(part) for part in queries]
    pair = torch.stack([k, v])
    dpair = _wide(torch.zeros_like(pair))
    for step in range(ring.size):
        started = None if step == ring.size - 1 else ring.start(pair)
        keys, values = (x.chunk(2, -2) for x in _wide(pair))
        dkeys, dvalues = (x.chunk(2, -2) for x in dpair)  # views: += writes into dpair
        for i, j, diagonal in settings.pairs(ring.rank, (ring.rank - step) % ring.size, ring.size):
            scores = _scores(queries[i], keys[j], settings.scale, diagonal)
            weights = (scores - lses[i]).exp()
            dscores = weights * (grads[i] @ values[j].mT - delta[i]) * settings.scale
            dq[i] += dscores @ keys[j]
            dkeys[j].add_(dscores.mT @ queries[i])
            dvalues[j].add_(weights.mT @ grads[i])
        dpair = ring.finish(ring.start(dpair))  # complete only now; after the last step it is home
        pair = pair if started is None else ring.finish(started)
    if settings.log is not None:
        settings.log.backward_bytes += ring.sent
    return torch.cat(dq, -2), dpair


# --8<-- [end:ring_attention_backward]


class _RingAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, settings: _Settings) -> Tensor:  # noqa: ANN401  # any attribute may be set
        out, lse = _forward(q, k, v, settings)
        ctx.save_for_backward(q, k, v, out, lse)
        ctx.settings = settings
        return out.to(q.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # noqa: ANN401  # see forward
        q, k, v, out, lse = ctx.saved_tensors
        dq, dpair = _backward(_wide(grad), (q, k, v), out, lse, ctx.settings)
        return dq.to(q.dtype), dpair[0].to(k.dtype), dpair[1].to(v.dtype), None


def check_parts(q: Tensor, k: Tensor, v: Tensor, group: Any, *settings: object) -> None:  # noqa: ANN401  # a process group or None
    """Raise on every rank unless all ranks hold parts of one shape."""
    shape = (*q.shape, *(-1,) * (4 - q.ndim))[:4]
    fits = q.ndim == 4 and q.shape == k.shape == v.shape and q.dtype == k.dtype == v.dtype
    names = (
        "(batch, heads, length, head_dim), dtype, whether q, k and v agree, causal, layout, scale"
    )
    require_same(names, (*shape, q.dtype, fits, *settings), group)
    if not fits or q.numel() == 0:
        raise ValueError(
            f"expected q, k and v of one shape (batch, heads, length, head_dim) and dtype, not empty, got "
            f"{tuple(q.shape)}, {tuple(k.shape)}, {tuple(v.shape)} and {q.dtype}, {k.dtype}, {v.dtype}"
        )


def ring_attention(
    q: Float[Tensor, "..."],
    k: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    *,
    causal: bool = False,
    layout: str = "zigzag",
    scale: float | None = None,
    group: "distributed.ProcessGroup | None" = None,
    log: RingLog | None = None,
) -> Float[Tensor, "..."]:
    """Return attention over the whole sequence for the queries of this rank.

    Called on every rank with its own part of the sequence. The result is that of
    `scaled_dot_product_attention` over all of it, gradients included; there is no second derivative.

    Args:
        q: this rank's queries, `(batch, heads, length / ranks, head_dim)`, as `split_sequence` gives them.
        k: its keys, of the same shape; as many heads as queries.
        v: its values, likewise.
        causal: each query sees the tokens up to itself, in the order of the whole sequence.
        layout: how the sequence was split, `zigzag` or `contiguous`.
        scale: factor of the scores; `head_dim ** -0.5` by default.
        group: the ranks; all of them by default.
        log: takes down what this rank did.

    Raises:
        ValueError: on every rank, where parts differ in shape or can't be cut in two, or the layout is unknown.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> x = torch.linspace(-1, 1, 16).view(1, 1, 8, 2)
        >>> def work(rank):
        ...     part = split_sequence(x, rank, 2)
        ...     return ring_attention(part, part, part, causal=True)
        >>> out = join_sequence(run_ranks(work, 2, start_method="fork"))
        >>> exact = torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
        >>> torch.allclose(out, exact)
        True
    """
    check_parts(q, k, v, group, causal, layout, scale)
    if layout not in LAYOUTS or q.shape[-2] % 2:
        raise ValueError(
            f"expected a layout of {LAYOUTS} and an even length of each part, got {layout!r} and {q.shape[-2]}"
        )
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    settings = _Settings(causal, layout, scale, group, log)
    out: Tensor = _RingAttention.apply(q, k, v, settings)  # type: ignore[no-untyped-call]  # apply has no types
    return out
