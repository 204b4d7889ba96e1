"""Which blocks to recompute together: segments of a chain, the least memory, or the least work within a budget.

Chen et al., 2016, [*Training deep nets with sublinear memory cost*](https://arxiv.org/abs/1604.06174), section 4: with
n equal layers and segments of the root of n, memory grows with that root. Real blocks keep more than their input, and
unequal ones need a search.
"""

# --8<-- [start:segments_imports]
from collections.abc import Sequence
from dataclasses import dataclass

# --8<-- [end:segments_imports]

__all__ = ["Plan", "Segment", "chain_peak", "plan_segments"]


# --8<-- [start:segments_classes]
@dataclass(frozen=True)
class Segment:
    """Blocks from `start` up to `stop`. They run again together, or are one block that keeps all.

    Attributes:
        start: the first block.
        stop: the first block after it.
        recompute: whether only the input is kept.

    Examples:
        >>> Segment(0, 3, recompute=True).stop
        3
    """

    start: "int"
    stop: "int"
    recompute: "bool"


@dataclass(frozen=True)
class Plan:
    """Segments that cover a chain of blocks.

    Attributes:
        segments: in order.
        peak: the most bytes that are kept at once.
        again: how much work is done a second time, in the unit of the costs.

    Examples:
        >>> plan_segments([4, 4], [1, 1], budget=8).again
        0
    """

    segments: "tuple[Segment, ...]"
    peak: "int"
    again: "float"


# --8<-- [end:segments_classes]


# --8<-- [start:segments_peak]
def chain_peak(
    segments: "Sequence[Segment]", kept: "Sequence[int]", inputs: "Sequence[int]"
) -> "int":
    """Return the most bytes that are kept at once, when backward walks from the last segment to the first.

    Args:
        segments: in order.
        kept: bytes that each block keeps for backward, its input among them.
        inputs: bytes of each block's input.

    Examples:
        >>> equal = [Segment(start, start + 4, recompute=True) for start in range(0, 16, 4)]
        >>> chain_peak(equal, [1] * 16, [1] * 16)
        7
    """
    held, peak = 0, 0
    for segment in segments:
        whole = sum(kept[segment.start : segment.stop])
        peak = max(peak, held + whole)  # those before it wait, those after it are done
        held += inputs[segment.start] if segment.recompute else whole
    return peak


# --8<-- [end:segments_peak]


# --8<-- [start:segments_search]
@dataclass(frozen=True)
class _Way:
    """A way to get to some block: what is kept by then, the work done twice, the most kept so far."""

    held: "int"
    again: "float"
    peak: "int"
    segments: "tuple[Segment, ...]" = ()


def _ways(
    kept: "Sequence[int]", inputs: "Sequence[int]", costs: "Sequence[float]", budget: "int"
) -> "list[_Way]":
    """Return the ways through all blocks within the budget, but those that another one beats."""
    ways: list[list[_Way]] = [[_Way(0, 0, 0)]] + [[] for _ in kept]
    for stop in range(1, len(kept) + 1):
        found = []
        for start in range(stop):
            most = sum(kept[start:stop])  # what the segment keeps when it runs again
            for way in ways[start]:
                choices = [(inputs[start], sum(costs[start:stop]), True)]
                choices += [(kept[start], 0, False)] if stop == start + 1 else []
                for held, cost, recompute in choices:
                    peak = max(way.peak, way.held + most)
                    segments = (*way.segments, Segment(start, stop, recompute))
                    found.append(_Way(way.held + held, way.again + cost, peak, segments))
        ways[stop] = _not_beaten([way for way in found if way.peak <= budget])
    return ways[-1]


def _not_beaten(ways: "list[_Way]") -> "list[_Way]":
    """Leave out each way than which another is as good or better in all three numbers."""
    front: list[_Way] = []
    for way in sorted(ways, key=lambda way: (way.held, way.again, way.peak)):
        if all(way.again < other.again or way.peak < other.peak for other in front):
            front.append(way)
    return front


# --8<-- [end:segments_search]


def plan_segments(
    kept: Sequence[int],
    inputs: Sequence[int],
    costs: Sequence[float] | None = None,
    budget: int | None = None,
) -> Plan:
    """Return which blocks of a chain to recompute together, by a complete search.

    A segment that is recomputed keeps its first block's input until it runs again, and then all that its blocks keep;
    a block that is not recomputed keeps all from forward on. Bytes of gradients, weights and temporaries are not
    counted.

    Args:
        kept: bytes that each block keeps for backward, its input among them.
        inputs: bytes of each block's input.
        costs: of running each block again, in any unit; 1 each by default.
        budget: bytes that may be kept at once. Without it: as few as possible.

    Returns:
        The plan with the least work that stays in the budget; among those, one with the least peak.

    Raises:
        ValueError: the lists differ in length or are empty, an input is larger than what its block keeps, or there is
            no plan within the budget.

    Examples:
        >>> plan = plan_segments([1] * 16, [1] * 16)
        >>> plan.peak, [segment.stop - segment.start for segment in plan.segments if segment.recompute]
        (6, [6, 5, 2])
        >>> plan_segments([16] * 12, [1] * 12, budget=100).again
        6.0
        >>> plan_segments([16] * 12, [1] * 12, budget=20)
        Traceback (most recent call last):
        ValueError: expected a budget of at least 27, the least that a plan needs, got 20
    """
    costs = [1.0] * len(kept) if costs is None else costs
    _check(kept, inputs, costs)
    low, high = max(kept), sum(kept)  # the least budget is in between
    while low < high:
        middle = (low + high) // 2
        fits = _ways(kept, inputs, costs, middle)
        low, high = (low, middle) if fits else (middle + 1, high)
    if budget is not None and budget < low:
        raise ValueError(
            f"expected a budget of at least {low}, the least that a plan needs, got {budget}"
        )
    ways = _ways(kept, inputs, costs, low if budget is None else budget)
    way = min(ways, key=lambda way: (way.again, way.peak))
    return Plan(way.segments, way.peak, way.again)


def _check(kept: Sequence[int], inputs: Sequence[int], costs: Sequence[float]) -> None:
    if not len(kept) == len(inputs) == len(costs) or not kept:
        raise ValueError(
            f"expected lists of one length of at least 1, got {len(kept)}, {len(inputs)} and {len(costs)}"
        )
    for i, (most, least) in enumerate(zip(kept, inputs, strict=True)):
        if not 0 <= least <= most:
            raise ValueError(
                f"expected an input from 0 to the {most} that block {i} keeps, got {least}"
            )
