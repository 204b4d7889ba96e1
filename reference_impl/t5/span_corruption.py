"""Span corruption: the task that T5 was pre-trained on.

Raffel et al. 2020, section 3.1.4 and section 3.3.4, figure 2. Spans of the text are replaced by sentinels,
one for each, and the target says what was there. Lengths and rounding are those of the authors'
[code](https://github.com/google-research/text-to-text-transfer-transformer/blob/main/t5/data/preprocessors.py),
`random_spans_noise_mask` and `noise_span_to_unique_sentinel`.
"""

# --8<-- [start:span_imports]
import torch

# --8<-- [end:span_imports]
from jaxtyping import Bool, Int
from torch import Tensor

__all__ = [
    "corrupt_spans",
    "raw_length",
    "restore_spans",
    "span_lengths",
    "span_mask",
    "to_sentinels",
]


def _check(density: float, mean_span: float) -> None:
    if not 0 < density < 1 or not mean_span >= 1:
        raise ValueError(
            f"expected a density between 0 and 1 and a mean_span of at least 1, "
            f"got {density} and {mean_span}"
        )


# --8<-- [start:span_counts]
def _counts(length: int, density: float, mean_span: float) -> tuple[int, int]:
    """Return how many tokens are dropped, and in how many spans."""
    dropped = min(max(round(length * density), 1), length - 1)
    return dropped, max(round(dropped / mean_span), 1)


# --8<-- [end:span_counts]


def span_lengths(length: int, density: float = 0.15, mean_span: float = 3.0) -> tuple[int, int]:
    """Return the lengths of source and target that a text of `length` tokens becomes, ends included.

    Args:
        length: tokens of the text, at least 2.
        density: share of them that is dropped.
        mean_span: tokens in a dropped span, on average.

    Raises:
        ValueError: a number is out of its range, or the spans do not fit into what is kept.

    Examples:
        >>> span_lengths(568)
        (512, 114)
    """
    _check(density, mean_span)
    if length < 2:
        raise ValueError(f"expected a length of at least 2, got {length}")
    dropped, spans = _counts(length, density, mean_span)
    if spans > length - dropped:
        raise ValueError(
            f"expected a kept token before each of the {spans} spans, got {length - dropped} kept"
        )
    return length - dropped + spans + 1, dropped + spans + 1


def raw_length(source: int, density: float = 0.15, mean_span: float = 3.0) -> int:
    """Return the longest text whose source has at most `source` tokens.

    Args:
        source: tokens of the source, its end included, at least 3.
        density: as in `span_lengths`.
        mean_span: as there.

    Raises:
        ValueError: a number is out of its range.

    Examples:
        >>> raw_length(512)
        568
    """
    if source < 3:
        raise ValueError(f"expected a source of at least 3 tokens, got {source}")
    length = 2
    while span_lengths(length + 1, density, mean_span)[0] <= source:
        length += 1
    return length


# --8<-- [start:span_mask]
def _segments(items: int, parts: int, generator: torch.Generator | None) -> torch.Tensor:
    """Return the lengths of `parts` segments, none empty, all ways of cutting equally likely."""
    cuts = torch.randperm(items - 1, generator=generator)[: parts - 1].sort().values + 1
    edges = torch.cat((torch.tensor([0]), cuts, torch.tensor([items])))
    return edges.diff()


def span_mask(
    length: int,
    density: float = 0.15,
    mean_span: float = 3.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Return which tokens are dropped, `(length,)`: kept and dropped spans in turn, a kept one first.

    Args:
        length: tokens of the text, at least 2.
        density: share of them that is dropped, rounded to whole tokens.
        mean_span: tokens in a dropped span, on average; the number of spans is rounded.
        generator: where the random numbers come from.

    Raises:
        ValueError: a number is out of its range, or the spans do not fit into what is kept.

    Examples:
        >>> mask = span_mask(100, generator=torch.Generator().manual_seed(0))
        >>> int(mask.sum()), bool(mask[0]), bool(mask[-1])
        (15, False, True)
    """
    span_lengths(length, density, mean_span)  # raises where the numbers do not fit
    dropped, spans = _counts(length, density, mean_span)
    kept = _segments(length - dropped, spans, generator)
    gone = _segments(dropped, spans, generator)
    lengths = torch.stack((kept, gone), dim=1).flatten()
    return (torch.arange(2 * spans) % 2 == 1).repeat_interleave(lengths)


# --8<-- [end:span_mask]


# --8<-- [start:span_to_sentinels]
def to_sentinels(ids: torch.Tensor, mask: torch.Tensor, first_sentinel: int) -> torch.Tensor:
    """Return the ids with each run of masked ones replaced by a sentinel, one id lower each time.

    Args:
        ids: of the text, `(length,)`.
        mask: what to replace, boolean, of the same shape.
        first_sentinel: id of the first sentinel.

    Examples:
        >>> to_sentinels(torch.tensor([5, 6, 7, 8]), torch.tensor([False, True, True, False]), 99)
        tensor([ 5, 99,  8])
    """
    before = torch.cat((mask.new_zeros(1), mask[:-1]))
    begins = mask & ~before
    sentinels = first_sentinel + 1 - begins.cumsum(0)
    return torch.where(begins, sentinels, ids)[~(mask & before)]


# --8<-- [end:span_to_sentinels]


# --8<-- [start:span_corrupt]
def corrupt_spans(
    ids: Int[Tensor, " length"],
    mask: Bool[Tensor, " length"],
    first_sentinel: int,
    stop: int | None = 1,
) -> tuple[Int[Tensor, " source_len"], Int[Tensor, " target_len"]]:
    """Return source and target: the dropped spans as sentinels, and the kept ones as sentinels.

    So in the target each sentinel stands before what it replaced in the source.

    Args:
        ids: of the text.
        mask: what is dropped, as `span_mask` draws it.
        first_sentinel: id of the first sentinel, the highest; T5's is the last of the vocabulary.
        stop: id to end both with; `None` for none.

    Raises:
        ValueError: the first token is masked, nothing is, or an id of the text is among the
            sentinels.

    Examples:
        >>> mask = torch.tensor([False, True, True, False, True])
        >>> corrupt_spans(torch.tensor([5, 6, 7, 8, 9]), mask, first_sentinel=99)
        (tensor([ 5, 99,  8, 98,  1]), tensor([99,  6,  7, 98,  9,  1]))
    """
    if not bool(mask.any()) or bool(mask[0]):
        raise ValueError(
            "expected a mask that keeps the first token and drops another, "
            f"got {mask.int().tolist()}"
        )
    spans = int((mask[1:] & ~mask[:-1]).sum()) + 1
    if bool((ids > first_sentinel - spans).any()):
        raise ValueError(
            f"expected ids below the {spans} sentinels up to {first_sentinel}, got {int(ids.max())}"
        )
    end = ids.new_tensor([] if stop is None else [stop])
    source, target = (to_sentinels(ids, part, first_sentinel) for part in (mask, ~mask))
    return torch.cat((source, end)), torch.cat((target, end))


# --8<-- [end:span_corrupt]


def restore_spans(
    source: Int[Tensor, " source_len"],
    target: Int[Tensor, " target_len"],
    first_sentinel: int,
    stop: int | None = 1,
) -> Int[Tensor, " length"]:
    """Return the text that `corrupt_spans` took apart: nothing was lost.

    Args:
        source: with sentinels, as `corrupt_spans` returns it.
        target: the same.
        first_sentinel: as there.
        stop: as there.

    Examples:
        >>> source, target = torch.tensor([5, 99, 8, 98, 1]), torch.tensor([99, 6, 7, 98, 9, 1])
        >>> restore_spans(source, target, first_sentinel=99)
        tensor([5, 6, 7, 8, 9])
    """
    spans: dict[int, list[int]] = {}
    lowest = first_sentinel + 1 - len(source)
    found: list[int] = []
    for number in target.tolist():
        if lowest <= number <= first_sentinel and first_sentinel - len(spans) == number:
            spans[number] = found = []
        elif number != stop:
            found.append(number)
    text = [spans.get(number, [number]) for number in source.tolist() if number != stop]
    return source.new_tensor([number for span in text for number in span])
