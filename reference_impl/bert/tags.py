"""Entities as tags of words: BIO and BIOES, there and back, and which tag may follow which.

BIO as tagged since Ramshaw and Marcus, [*Text chunking using transformation-based learning*](https://arxiv.org/abs/cmp-lg/9505040),
in the form where every entity begins with B. Reading tags leniently is what `conlleval` of CoNLL-2000 does, and
[seqeval](https://github.com/chakki-works/seqeval) by default; strictly is what seqeval does with `mode="strict"`.
"""

# --8<-- [start:tags_imports]
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

# --8<-- [end:tags_imports]
from jaxtyping import Bool
from torch import Tensor

__all__ = [
    "Allowed",
    "Span",
    "allowed_transitions",
    "check_tags",
    "spans_to_tags",
    "tag_names",
    "tags_to_spans",
]

PREFIXES = {"BIO": "BI", "BIOES": "BIES"}


# --8<-- [start:span]
class Span(NamedTuple):
    """An entity: where it starts, where the next thing starts, and what it is.

    Attributes:
        start: its first place, of a word or of a character.
        end: one after its last place.
        label: its type.

    Examples:
        >>> Span(0, 2, "PER")
        Span(start=0, end=2, label='PER')
    """

    start: int
    end: int
    label: str


# --8<-- [end:span]


class Allowed(NamedTuple):
    """Which tags may stand where, in a scheme.

    Attributes:
        transitions: `[i, j]` is `True` where tag j may follow tag i, `(tags, tags)`.
        starts: the tags that may stand first, `(tags,)`.
        ends: the tags that may stand last, `(tags,)`.

    Examples:
        >>> allowed_transitions(("O", "B-X", "I-X")).starts.tolist()
        [True, True, False]
    """

    transitions: Bool[Tensor, "tags tags"]
    starts: Bool[Tensor, " tags"]
    ends: Bool[Tensor, " tags"]


def _prefixes(scheme: str) -> str:
    if scheme not in PREFIXES:
        raise ValueError(f"expected the scheme BIO or BIOES, got {scheme!r}")
    return PREFIXES[scheme]


# --8<-- [start:split_tag]
def split_tag(tag: str) -> tuple[str, str]:
    """Return prefix and label of a tag; the label of `O` is empty."""
    prefix, dash, label = tag.partition("-")
    if tag != "O" and not (prefix in ("B", "I", "E", "S") and dash and label):
        raise ValueError(f"expected 'O' or a tag like 'B-PER', got {tag!r}")
    return prefix, label


# --8<-- [end:split_tag]


def tag_names(labels: Sequence[str], scheme: str = "BIO") -> tuple[str, ...]:
    """Return all tags of a scheme, `O` first: the number of a tag is its place here.

    Args:
        labels: the types of entities, each once.
        scheme: `"BIO"` or `"BIOES"`.

    Raises:
        ValueError: the scheme is unknown, or a label is empty or given twice.

    Examples:
        >>> tag_names(["PER", "LOC"])
        ('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC')
    """
    if len(set(labels)) != len(labels) or not all(labels):
        raise ValueError(f"expected labels that are not empty and differ, got {list(labels)}")
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in _prefixes(scheme)))


# --8<-- [start:spans_to_tags]
def spans_to_tags(spans: "Sequence[Span]", length: int, scheme: str = "BIO") -> list[str]:
    """Return the tag of each word.

    Args:
        spans: the entities, in words; they must not overlap.
        length: how many words there are.
        scheme: `"BIO"` (begin, inside, outside) or `"BIOES"` (end and single too).

    Raises:
        ValueError: the scheme is unknown, or a span is empty, outside the text, or over another.

    Examples:
        >>> spans_to_tags([Span(0, 3, "PER"), Span(4, 5, "LOC")], 5)
        ['B-PER', 'I-PER', 'I-PER', 'O', 'B-LOC']
        >>> spans_to_tags([Span(0, 3, "PER"), Span(4, 5, "LOC")], 5, "BIOES")
        ['B-PER', 'I-PER', 'E-PER', 'O', 'S-LOC']
    """
    ends = "E" in _prefixes(scheme)
    tags = ["O"] * length
    for span in spans:
        if not 0 <= span.start < span.end <= length:
            raise ValueError(f"expected spans inside 0 to {length}, not empty, got {span}")
        if any(tag != "O" for tag in tags[span.start : span.end]):
            raise ValueError(f"expected spans that do not overlap, got {span} over another")
        inside = ["I"] * (span.end - span.start)
        inside[0] = "B"
        if ends:
            inside[-1] = "S" if len(inside) == 1 else "E"
        tags[span.start : span.end] = [f"{prefix}-{span.label}" for prefix in inside]
    return tags


# --8<-- [end:spans_to_tags]


# --8<-- [start:tags_to_spans]
def continues(before: tuple[str, str], tag: tuple[str, str]) -> bool:
    """Return whether a tag goes on with the entity of the tag before it."""
    return before[0] in ("B", "I") and tag[0] in ("I", "E") and before[1] == tag[1]


def tags_to_spans(tags: Sequence[str], scheme: "str | None" = None) -> list[Span]:
    """Return the entities that tags stand for.

    Args:
        tags: one for each word, of any scheme with the prefixes B, I, E, S and O.
        scheme: by default read leniently, as `conlleval` does: what does not continue an entity
            begins one. With `"BIO"` or `"BIOES"` only what the scheme allows is an entity, and the
            rest is dropped, as seqeval's strict mode does.

    Raises:
        ValueError: a tag is none, or of another scheme than named.

    Examples:
        >>> tags_to_spans(["O", "I-PER", "I-PER", "I-LOC"])
        [Span(start=1, end=3, label='PER'), Span(start=3, end=4, label='LOC')]
        >>> tags_to_spans(["O", "I-PER", "I-PER", "I-LOC"], "BIO")
        []
    """
    found = [("O", ""), *map(split_tag, tags), ("O", "")]
    starts = [
        at
        for at, (before, tag) in enumerate(pairwise(found))
        if tag[0] != "O" and not continues(before, tag)
    ]
    spans = []
    for start in starts:
        end = start + 1
        while continues(found[end], found[end + 1]):
            end += 1
        spans.append(Span(start, end, found[end][1]))
    if scheme is None:
        return spans
    first, last = ("B", "BI") if scheme == "BIO" else ("BS", "ES")
    check_prefixes(tags, scheme)
    return [
        span for span in spans if tags[span.start][0] in first and tags[span.end - 1][0] in last
    ]


# --8<-- [end:tags_to_spans]


def check_prefixes(tags: Sequence[str], scheme: str) -> None:
    """Raise where a tag has a prefix that the scheme has not."""
    known = _prefixes(scheme)
    for at, tag in enumerate(tags):
        if tag != "O" and split_tag(tag)[0] not in known:
            raise ValueError(
                f"expected tags of {scheme}, O or with {' '.join(known)}, got {tag!r} at place {at}"
            )


# --8<-- [start:may_follow]
def may_follow(before: str, tag: str, scheme: str) -> bool:
    """Return whether `tag` may stand after `before`; `O` also stands for the edge of the text."""
    (prefix, label), (next_prefix, next_label) = split_tag(before), split_tag(tag)
    inside = next_prefix in ("I", "E")
    if inside and (prefix not in ("B", "I") or label != next_label):
        return False  # only an open entity of that label can go on
    return scheme == "BIO" or prefix not in ("B", "I") or inside  # BIOES must close what is open


# --8<-- [end:may_follow]


def allowed_transitions(names: Sequence[str], scheme: str = "BIO") -> Allowed:
    """Return which tags may follow each other, and stand first and last.

    Args:
        names: the tags, as `tag_names` gives them.
        scheme: `"BIO"` or `"BIOES"`.

    Raises:
        ValueError: the scheme is unknown, or a tag is not of it.

    Examples:
        >>> allowed_transitions(("O", "B-X", "I-X")).transitions.int()
        tensor([[1, 1, 0],
                [1, 1, 1],
                [1, 1, 1]], dtype=torch.int32)
    """
    check_prefixes(names, scheme)
    rows = [[may_follow(before, tag, scheme) for tag in names] for before in names]
    return Allowed(
        torch.tensor(rows, dtype=torch.bool).reshape(len(names), len(names)),
        torch.tensor([may_follow("O", tag, scheme) for tag in names], dtype=torch.bool),
        torch.tensor([may_follow(tag, "O", scheme) for tag in names], dtype=torch.bool),
    )


def check_tags(tags: Sequence[str], scheme: str = "BIO") -> None:
    """Raise where tags are no valid sequence of a scheme.

    Args:
        tags: one for each word.
        scheme: `"BIO"` or `"BIOES"`.

    Raises:
        ValueError: the scheme is unknown, a tag is not of it, or one may not stand where it does.

    Examples:
        >>> check_tags(["B-PER", "I-PER", "O"])
        >>> check_tags(["O", "I-PER"])
        Traceback (most recent call last):
        ValueError: expected tags of BIO, got 'I-PER' after 'O' at place 1
    """
    check_prefixes(tags, scheme)
    for at, (before, tag) in enumerate(pairwise(["O", *tags, "O"])):
        if not may_follow(before, tag, scheme):
            what = "the end" if at == len(tags) else repr(tag)
            where = "the start" if at == 0 else repr(before)
            raise ValueError(f"expected tags of {scheme}, got {what} after {where} at place {at}")
