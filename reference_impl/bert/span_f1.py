"""Precision, recall and F1 of whole entities, and what kind of errors there are.

An entity counts as found where start, end and label are all right, as in CoNLL-2003: Tjong Kim Sang and De Meulder,
[*Introduction to the CoNLL-2003 shared task*](https://arxiv.org/abs/cs/0306050). The numbers are those of
[seqeval](https://github.com/chakki-works/seqeval).
"""

# --8<-- [start:span_f1_imports]
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reference_impl.bert.tags import Span

# --8<-- [end:span_f1_imports]

__all__ = ["SpanReport", "SpanScores", "span_errors", "span_scores"]

Spans = Sequence[Span]


# --8<-- [start:span_scores]
@dataclass(frozen=True)
class SpanScores:
    """Counts of entities, and the three numbers that follow from them.

    Attributes:
        right: entities that are both in the text and found.
        found: entities that were found.
        wanted: entities that are in the text.

    Examples:
        >>> SpanScores(right=1, found=2, wanted=4)
        SpanScores(precision=0.50, recall=0.25, f1=0.33, wanted=4)
    """

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 0 where nothing was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of what is in the text that was found; 0 where there is nothing."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.found + self.wanted
        return 2 * self.right / both if both else 0.0

    def __repr__(self) -> str:
        return (
            f"SpanScores(precision={self.precision:.2f}, recall={self.recall:.2f}, "
            f"f1={self.f1:.2f}, wanted={self.wanted})"
        )


# --8<-- [end:span_scores]


@dataclass(frozen=True)
class SpanReport:
    """The scores of all entities together, and of each label.

    Attributes:
        overall: all entities counted together ("micro").
        by_label: the scores of each label that is in the text or was found, sorted.

    Examples:
        >>> span_scores([[Span(0, 1, "PER")]], [[Span(0, 1, "PER")]]).macro_f1
        1.0
    """

    overall: SpanScores
    by_label: dict[str, SpanScores]

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1, each label counting the same; 0 without labels."""
        return sum(s.f1 for s in self.by_label.values()) / max(1, len(self.by_label))


def _check_texts(wanted: Sequence[Spans], found: Sequence[Spans]) -> None:
    if len(wanted) != len(found):
        raise ValueError(
            f"expected the entities of as many texts on both sides, got {len(wanted)} and {len(found)}"
        )


def span_scores(wanted: Sequence[Spans], found: Sequence[Spans]) -> SpanReport:
    """Compare the entities of texts with those that were found.

    Args:
        wanted: the entities of each text.
        found: the entities that were found in each text, in the same order of texts.

    Raises:
        ValueError: the numbers of texts differ.

    Examples:
        >>> wanted = [[Span(0, 2, "PER"), Span(4, 5, "LOC")]]
        >>> found = [[Span(0, 1, "PER"), Span(4, 5, "LOC")]]
        >>> span_scores(wanted, found).overall
        SpanScores(precision=0.50, recall=0.50, f1=0.50, wanted=2)
    """
    _check_texts(wanted, found)
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("right", "found", "wanted")}
    for one, other in zip(wanted, found, strict=True):
        truth, guess = set(one), set(other)
        sides = {"right": truth & guess, "found": guess, "wanted": truth}
        for name, spans in sides.items():
            counts[name].update(span.label for span in spans)
    labels = sorted({*counts["found"], *counts["wanted"]})
    overall = SpanScores(**{name: counts[name].total() for name in counts})
    return SpanReport(
        overall, {label: SpanScores(**{n: counts[n][label] for n in counts}) for label in labels}
    )


def span_errors(wanted: Sequence[Spans], found: Sequence[Spans]) -> Counter[str]:
    """Count entities by what happened to them.

    Each wanted entity is `"right"`, has the `"wrong label"` (same place), the `"wrong bounds"` (it
    overlaps one of the same label), `"both wrong"` (it overlaps one of another label), or is
    `"missed"`. What was found where nothing is, is `"invented"`.

    Args:
        wanted: the entities of each text.
        found: the entities that were found in each text.

    Raises:
        ValueError: the numbers of texts differ.

    Examples:
        >>> wanted = [[Span(0, 2, "PER"), Span(4, 5, "LOC"), Span(6, 7, "ORG")]]
        >>> found = [[Span(0, 1, "PER"), Span(4, 5, "ORG"), Span(8, 9, "ORG")]]
        >>> sorted(span_errors(wanted, found).items())
        [('invented', 1), ('missed', 1), ('wrong bounds', 1), ('wrong label', 1)]
    """
    _check_texts(wanted, found)
    errors: Counter[str] = Counter()
    for one, other in zip(wanted, found, strict=True):
        for span in set(one):
            errors[_fate(span, other)] += 1
        for span in set(other):
            errors["invented"] += not any(_overlap(span, truth) for truth in one)
    return +errors  # without what never happened


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _fate(span: Span, found: Spans) -> str:
    if span in found:
        return "right"
    near = [other for other in found if _overlap(span, other)]
    if any(other[:2] == span[:2] for other in near):
        return "wrong label"
    if any(other.label == span.label for other in near):
        return "wrong bounds"
    return "both wrong" if near else "missed"
