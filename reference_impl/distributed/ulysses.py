"""Attention over a split sequence by two all-to-alls: split by token outside, by head inside.

Jacobs et al., [*DeepSpeed Ulysses*](https://arxiv.org/abs/2309.14509), section 3. Beside it, the plain way: gather
all keys and values.
"""

# --8<-- [start:ulysses_imports]
from typing import Any

import torch

# --8<-- [end:ulysses_imports]
from jaxtyping import Float
from torch import Tensor, distributed

from reference_impl.attention import scaled_dot_product
from reference_impl.distributed.collectives import group_size, require_same
from reference_impl.distributed.expert_parallel import exchange
from reference_impl.distributed.traffic import Traffic

__all__ = [
    "all_gather_attention",
    "context_parallel_bytes",
    "heads_to_sequence",
    "sequence_to_heads",
    "ulysses_attention",
]


def _check(x: Tensor, group: "distributed.ProcessGroup | None") -> int:
    """Raise on every rank unless x is (batch, heads, length, head_dim) everywhere; return the ranks."""
    world = group_size(group)
    shape = (*x.shape, *(-1,) * (4 - x.ndim))[:4]
    require_same("(batch, heads, length, head_dim) and dtype", (*shape, x.dtype), group)
    if x.ndim != 4 or x.numel() == 0:
        raise ValueError(
            f"expected (batch, heads, length, head_dim), not empty, got {tuple(x.shape)}"
        )
    return world


# --8<-- [start:ulysses_exchange]
def sequence_to_heads(
    x: "torch.Tensor",
    *,
    group: "distributed.ProcessGroup | None" = None,
    traffic: "Traffic | None" = None,
) -> "torch.Tensor":
    """Turn all heads of some tokens into some heads of all tokens.

    Args:
        x: `(batch, heads, length / ranks, head_dim)`, the ranks' parts in the order of the sequence.
        group: the ranks; all of them by default.
        traffic: counts the bytes sent.

    Returns:
        `(batch, heads / ranks, length, head_dim)`.

    Raises:
        ValueError: on every rank, where the ranks do not divide the heads, or parts differ in shape.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     return tuple(sequence_to_heads(torch.ones(1, 4, 3, 2)).shape)
        >>> run_ranks(work, 2, start_method="fork")
        [(1, 2, 6, 2), (1, 2, 6, 2)]
    """
    world = _check(x, group)
    if x.shape[1] % world:
        raise ValueError(f"expected {world} ranks to divide the heads, got {x.shape[1]} heads")
    to_rank = torch.stack(x.chunk(world, 1))  # (rank, batch, heads / ranks, part, dim)
    ones = [1] * world
    arrived = exchange(to_rank, ones, ones, group=group, traffic=traffic)
    return arrived.movedim(0, 2).flatten(2, 3)


def heads_to_sequence(
    x: "torch.Tensor",
    *,
    group: "distributed.ProcessGroup | None" = None,
    traffic: "Traffic | None" = None,
) -> "torch.Tensor":
    """Turn some heads of all tokens into all heads of some tokens: the way back.

    Args:
        x: `(batch, heads / ranks, length, head_dim)`.
        group: the ranks; all of them by default.
        traffic: counts the bytes sent.

    Returns:
        `(batch, heads, length / ranks, head_dim)`.

    Raises:
        ValueError: on every rank, where the ranks do not divide the length, or parts differ in shape.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> x = torch.arange(8.0).view(1, 4, 2, 1)
        >>> def work(rank):
        ...     return torch.equal(heads_to_sequence(sequence_to_heads(x)), x)
        >>> run_ranks(work, 2, start_method="fork")
        [True, True]
    """
    world = _check(x, group)
    if x.shape[2] % world:
        raise ValueError(f"expected {world} ranks to divide the length, got {x.shape[2]}")
    to_rank = torch.stack(x.chunk(world, 2))  # (rank, batch, heads / ranks, part, dim)
    ones = [1] * world
    arrived = exchange(to_rank, ones, ones, group=group, traffic=traffic)
    return arrived.movedim(0, 1).flatten(1, 2)


# --8<-- [end:ulysses_exchange]


def ulysses_attention(
    q: Float[Tensor, "..."],
    k: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    *,
    causal: bool = False,
    scale: float | None = None,
    group: "distributed.ProcessGroup | None" = None,
    traffic: Traffic | None = None,
) -> Float[Tensor, "..."]:
    """Return attention over the whole sequence for the queries of this rank.

    Args:
        q: this rank's queries, `(batch, heads, length / ranks, head_dim)`; ranks hold neighbouring
            parts, in the order of the sequence.
        k: its keys; they may have fewer heads, which the ranks must divide too.
        v: its values, like the keys.
        causal: each query sees the tokens up to itself.
        scale: factor of the scores; `head_dim ** -0.5` by default.
        group: the ranks; all of them by default.
        traffic: counts the bytes sent, forward only.

    Raises:
        ValueError: on every rank, where the ranks do not divide the heads, or parts differ in shape.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> x = torch.linspace(-1, 1, 16).view(1, 2, 4, 2)
        >>> def work(rank):
        ...     part = x.chunk(2, dim=2)[rank]
        ...     return ulysses_attention(part, part, part, causal=True)
        >>> out = torch.cat(run_ranks(work, 2, start_method="fork"), dim=2)
        >>> torch.allclose(out, scaled_dot_product(x, x, x, causal=True))
        True
    """
    there: Any = {"group": group, "traffic": traffic}
    parts = [sequence_to_heads(x, **there) for x in (q, k, v)]
    out = scaled_dot_product(*parts, causal=causal, scale=scale)
    return heads_to_sequence(out, **there)


class _GatherSequence(torch.autograd.Function):
    """Parts of all ranks side by side; backward adds up what all ranks found for mine."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: "distributed.ProcessGroup | None") -> Tensor:  # noqa: ANN401  # any attribute may be set
        ctx.group = group
        parts = [torch.empty_like(x) for _ in range(distributed.get_world_size(group))]
        distributed.all_gather(parts, x.contiguous(), group)
        return torch.cat(parts, 2)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401  # see forward
        total = grad.clone(memory_format=torch.contiguous_format)  # autograd keeps its own
        distributed.all_reduce(total, group=ctx.group)
        world, rank = distributed.get_world_size(ctx.group), distributed.get_rank(ctx.group)
        return total.chunk(world, 2)[rank].contiguous(), None


def all_gather_attention(
    q: Float[Tensor, "..."],
    k: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    *,
    causal: bool = False,
    scale: float | None = None,
    group: "distributed.ProcessGroup | None" = None,
    traffic: Traffic | None = None,
) -> Float[Tensor, "..."]:
    """Return attention over the whole sequence for the queries of this rank, from all keys and values.

    Args:
        q: this rank's queries, `(batch, heads, length / ranks, head_dim)`, neighbouring parts.
        k: its keys; they may have fewer heads.
        v: its values.
        causal: each query sees the tokens up to itself.
        scale: factor of the scores; `head_dim ** -0.5` by default.
        group: the ranks; all of them by default.
        traffic: counts the bytes sent, forward only.

    Raises:
        ValueError: on every rank, where parts differ in shape.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> x = torch.linspace(-1, 1, 16).view(1, 2, 4, 2)
        >>> def work(rank):
        ...     part = x.chunk(2, dim=2)[rank]
        ...     return all_gather_attention(part, part, part, causal=True)
        >>> out = torch.cat(run_ranks(work, 2, start_method="fork"), dim=2)
        >>> torch.allclose(out, scaled_dot_product(x, x, x, causal=True))
        True
    """
    for x in (q, k, v):
        world = _check(x, group)
    if traffic is not None:
        traffic.add((world - 1) * (k.nbytes + v.nbytes), messages=2 * (world - 1))
    keys, values = (_GatherSequence.apply(x, group) for x in (k, v))  # type: ignore[no-untyped-call]  # apply has no types
    if not causal:
        return scaled_dot_product(q, keys, values, scale=scale)
    # Queries are the last ones of a prefix, to which scaled_dot_product aligns its causal mask.
    seen = q.shape[2] * (distributed.get_rank(group) + 1)
    return scaled_dot_product(q, keys[:, :, :seen], values[:, :, :seen], causal=True, scale=scale)


def context_parallel_bytes(
    scheme: str,
    world_size: int,
    *,
    length: int,
    heads: int,
    head_dim: int,
    batch: int = 1,
    bytes_per_number: int = 2,
) -> int:
    """Return the bytes that each rank sends in the forward pass of one attention.

    Args:
        scheme: `ring`, `all-gather` or `ulysses`.
        world_size: ranks, which divide `length`.
        length: tokens on all ranks together.
        heads: of queries, keys and values.
        head_dim: numbers in a head of a token.
        batch: sequences.
        bytes_per_number: 2 for bfloat16.

    Returns:
        With the part `P = batch * heads * length * head_dim / ranks` in bytes: `2 (ranks - 1) P` for a ring or an
        all-gather, and `4 (ranks - 1) / ranks P` for Ulysses.

    Raises:
        ValueError: the scheme is another.

    Examples:
        >>> sizes = {"length": 4096, "heads": 8, "head_dim": 64}
        >>> for world_size in (2, 4, 8):
        ...     print([context_parallel_bytes(s, world_size, **sizes) >> 20 for s in ("ring", "ulysses")])
        [4, 4]
        [6, 3]
        [7, 1]
    """
    part = batch * heads * length * head_dim * bytes_per_number // world_size
    if scheme in ("ring", "all-gather"):
        return 2 * (world_size - 1) * part
    if scheme == "ulysses":
        return 4 * (world_size - 1) * part // world_size
    raise ValueError(f"expected the scheme ring, all-gather or ulysses, got {scheme!r}")
