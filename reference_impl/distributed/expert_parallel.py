"""Experts dealt out over ranks: tokens travel to their expert and back, by two all-to-alls.

Lepikhin et al., [*GShard*](https://arxiv.org/abs/2006.16668), section 3; Fedus et al.,
[*Switch Transformers*](https://arxiv.org/abs/2101.03961), section 5. Each rank has groups of tokens of its own, the
whole router, and its share of the experts.
"""

# --8<-- [start:expert_parallel_imports]
import math
from typing import Any

import torch

# --8<-- [end:expert_parallel_imports]
from jaxtyping import Float
from torch import Tensor, distributed, nn

from reference_impl.distributed.collectives import group_size, require_same
from reference_impl.distributed.experts import (
    ExpertMLPs,
    MixtureOfExperts,
    Plan,
    Router,
    Routing,
    check_tokens,
    expert_capacity,
    plan,
    route,
)
from reference_impl.distributed.traffic import Traffic

__all__ = ["ExpertParallel", "exchange"]


def _count(x: Tensor, sizes: list[int], rank: int, traffic: Traffic | None) -> None:
    if traffic is not None:
        others = [size for other, size in enumerate(sizes) if other != rank]
        row = x.element_size() * math.prod(x.shape[1:])
        traffic.add(sum(others) * row, messages=len(others))


# --8<-- [start:expert_parallel_exchange]
class _Exchange(torch.autograd.Function):
    """Rows to other ranks; in the backward pass the gradients go the way back."""

    @staticmethod
    def forward(
        ctx: "Any",  # noqa: ANN401  # any attribute may be set
        x: "torch.Tensor",
        send: "list[int]",
        receive: "list[int]",
        group: "distributed.ProcessGroup | None",
    ) -> "torch.Tensor":
        ctx.send, ctx.receive, ctx.group = send, receive, group
        out = x.new_empty((sum(receive), *x.shape[1:]))
        distributed.all_to_all_single(out, x.contiguous(), receive, send, group)
        return out

    @staticmethod
    def backward(
        ctx: "Any",  # noqa: ANN401  # see forward
        grad: "torch.Tensor",
    ) -> "tuple[torch.Tensor, None, None, None]":
        back = grad.new_empty((sum(ctx.send), *grad.shape[1:]))
        distributed.all_to_all_single(back, grad.contiguous(), ctx.send, ctx.receive, ctx.group)
        return back, None, None, None


# --8<-- [end:expert_parallel_exchange]


def exchange(
    x: Float[Tensor, "rows ..."],
    send: list[int],
    receive: list[int],
    *,
    group: "distributed.ProcessGroup | None" = None,
    traffic: Traffic | None = None,
) -> Float[Tensor, "received ..."]:
    """Send the first `send[0]` rows to rank 0, the next to rank 1, ..., and return what the others sent.

    The gradient of what was received travels back to where it came from.

    Args:
        x: rows, sorted by the rank they go to.
        send: rows for each rank.
        receive: rows from each rank; what that rank has in its own `send`.
        group: the ranks; all of them by default.
        traffic: counts the bytes sent, forward only.

    Raises:
        ValueError: `send` does not add up to the rows, or a list has not one number for each rank.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     x = torch.tensor([10.0, 11.0, 12.0]) + 10 * rank
        ...     one, two = ([1, 2], [1, 2]) if rank == 0 else ([2, 1], [2, 1])
        ...     return exchange(x, one, two).tolist()
        >>> run_ranks(work, 2, start_method="fork")
        [[10.0, 20.0, 21.0], [11.0, 12.0, 22.0]]
    """
    world = distributed.get_world_size(group)
    if len(send) != world or len(receive) != world or sum(send) != x.shape[0]:
        raise ValueError(
            f"expected {world} sizes each way, those to send adding up to {x.shape[0]} rows, "
            f"got {send} and {receive}"
        )
    _count(x, send, distributed.get_rank(group), traffic)
    out: Tensor = _Exchange.apply(x, send, receive, group)  # type: ignore[no-untyped-call]  # apply has no types
    return out


class ExpertParallel(nn.Module):
    """[`MixtureOfExperts`][reference_impl.distributed.MixtureOfExperts] with its experts on several ranks.

    Every rank routes its own groups of tokens. Parameters of the router are the same on all ranks, and their gradients
    must be added up; those of the experts are complete, because an expert sees the tokens of all ranks.

    Args:
        dim: width of a token.
        hidden: width inside an expert.
        experts: on all ranks together; a multiple of their number.
        choices: experts for each token, 1 or 2.
        factor: of the capacity.
        capacity: a fixed capacity instead.
        padded: send whole capacities, filled up with zeros, so that sizes do not depend on the data.
        group: the ranks; all of them by default.

    Attributes:
        traffic: what this rank sent in the forward passes so far.

    Raises:
        ValueError: on every rank, where the ranks do not divide the experts, a size is less than 1, or the ranks were
            not given the same numbers.

    Examples:
        >>> from reference_impl.distributed import run_ranks
        >>> def work(rank):
        ...     layer = ExpertParallel(dim=8, hidden=16, experts=4)
        ...     out, routing = layer(torch.randn(2, 12, 8))
        ...     return tuple(out.shape), layer.mlps.w_in.shape[0]
        >>> run_ranks(work, 2, start_method="fork")
        [((2, 12, 8), 2), ((2, 12, 8), 2)]
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        experts: int,
        *,
        choices: int = 1,
        factor: float = 1.25,
        capacity: int | None = None,
        padded: bool = False,
        group: "distributed.ProcessGroup | None" = None,
    ) -> None:
        super().__init__()
        world = group_size(group)
        numbers = (dim, hidden, experts, choices, factor, capacity, padded)
        names = "(dim, hidden, experts, choices, factor, capacity, padded)"
        require_same(names, numbers, group)
        if min(dim, hidden, experts, 1 if capacity is None else capacity) < 1:
            raise ValueError(
                f"expected dim, hidden, experts and capacity of at least 1, "
                f"got {dim}, {hidden}, {experts} and {capacity}"
            )
        if experts % world:
            raise ValueError(f"expected {world} ranks to divide the experts, got {experts} experts")
        if choices not in (1, 2) or choices > experts:
            raise ValueError(
                f"expected 1 or 2 choices, not more than the {experts} experts, got {choices}"
            )
        self.dim, self.experts, self.choices = dim, experts, choices
        self.factor, self.capacity, self.padded = factor, capacity, padded
        self.group, self.world, self.traffic = group, world, Traffic()
        self.router = Router(dim, experts)
        # All are drawn: where ranks have one seed, each keeps other experts; the router is rank 0's.
        self.mlps = ExpertMLPs(experts, dim, hidden)
        first = distributed.get_rank(group) * (experts // world)
        for name, whole in list(self.mlps.named_parameters()):
            mine = whole.detach()[first : first + experts // world].clone()
            setattr(self.mlps, name, nn.Parameter(mine))
        with torch.no_grad():
            distributed.broadcast(self.router.weight, group=group, group_src=0)

    @classmethod
    def shard(
        cls,
        whole: MixtureOfExperts,
        *,
        padded: bool = False,
        group: "distributed.ProcessGroup | None" = None,
    ) -> "ExpertParallel":
        """Return this rank's part of a layer that every rank has whole.

        Args:
            whole: the same on every rank.
            padded: as in the constructor.
            group: as in the constructor.
        """
        experts, dim, hidden = whole.mlps.w_in.shape
        settings = {"choices": whole.choices, "factor": whole.factor, "capacity": whole.capacity}
        part = cls(dim, hidden, experts, **settings, padded=padded, group=group)  # type: ignore[arg-type]  # three types in one dict
        part.to(whole.mlps.w_in)
        mine = slice(*(len(part.mlps.w_in) * (distributed.get_rank(group) + i) for i in (0, 1)))
        with torch.no_grad():
            part.router.weight.copy_(whole.router.weight)
            part.mlps.w_in.copy_(whole.mlps.w_in[mine])
            part.mlps.w_out.copy_(whole.mlps.w_out[mine])
        return part

    def route(self, x: Float[Tensor, "..."]) -> Routing:
        """Return where the tokens of x, `(groups, tokens, dim)`, go."""
        check_tokens(x, self.dim)
        capacity = self.capacity or expert_capacity(x.shape[1], self.experts, self.factor)
        return route(self.router(x), capacity=capacity, choices=self.choices)

    # --8<-- [start:expert_parallel_forward]
    def forward(self, x: "torch.Tensor") -> "tuple[torch.Tensor, Routing]":
        """Return what the experts add to this rank's tokens, `(groups, tokens, dim)`, and the routing."""
        routing = self._route_or_tell(x)
        kept = plan(routing)
        rows = x.flatten(0, 1)
        sent, counts = self._pack(rows[kept.token], kept, routing)
        incoming = self._counts_from_all(counts)  # (rank, my expert)
        send = counts.view(self.world, -1).sum(1).tolist()
        receive = incoming.sum(1).tolist()
        options: Any = {"group": self.group, "traffic": self.traffic}
        arrived = exchange(sent, send, receive, **options)
        by_expert = _order(incoming)
        found = self.mlps(arrived[by_expert], incoming.sum(0).tolist())
        back = exchange(found[by_expert.argsort()], receive, send, **options)
        found = self._unpack(back, kept) * kept.gate.to(x.dtype)[:, None]
        return torch.zeros_like(rows).index_add(0, kept.token, found).view_as(x), routing

    # --8<-- [end:expert_parallel_forward]

    def _route_or_tell(self, x: Tensor) -> Routing:
        """Return the routing; where that fails, tell the other ranks, which wait for counts."""
        try:
            return self.route(x)
        except ValueError:
            self._exchange_counts(torch.full((self.experts,), -1))
            raise

    def _exchange_counts(self, counts: Tensor) -> Tensor:
        incoming = torch.empty_like(counts)
        distributed.all_to_all_single(incoming, counts, group=self.group)
        return incoming.view(self.world, -1)

    def _counts_from_all(self, counts: Tensor) -> Tensor:
        incoming = self._exchange_counts(counts)
        if (bad := (incoming < 0).any(1)).any():
            ranks = bad.nonzero().flatten().tolist()
            raise ValueError(f"expected good input on every rank, got bad input on {ranks}")
        return incoming

    def _pack(self, rows: Tensor, kept: Plan, routing: Routing) -> tuple[Tensor, Tensor]:
        """Return the rows to send and their number for each expert, filled up if `padded`."""
        if not self.padded:
            return rows, kept.counts
        places = routing.capacity * routing.logits.shape[0]  # for each expert, over all groups
        filled = rows.new_zeros(self.experts * places, self.dim)
        return filled.index_copy(0, self._places(kept, places), rows), torch.full_like(
            kept.counts, places
        )

    def _unpack(self, back: Tensor, kept: Plan) -> Tensor:
        return back[self._places(kept, len(back) // self.experts)] if self.padded else back

    def _places(self, kept: Plan, places: int) -> Tensor:
        """Return where each kept row stands in a buffer with so many places for each expert."""
        first = kept.counts.cumsum(0) - kept.counts
        within = torch.arange(len(kept.token)) - first.repeat_interleave(kept.counts)
        return within + places * torch.arange(self.experts).repeat_interleave(kept.counts)


def _order(incoming: Tensor) -> Tensor:
    """Return the order that turns rows sorted by (rank, expert) into rows sorted by (expert, rank)."""
    ranks, experts = incoming.shape
    expert = torch.arange(experts).repeat(ranks).repeat_interleave(incoming.flatten())
    return expert.argsort(stable=True)
