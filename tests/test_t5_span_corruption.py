"""Span corruption against a second formulation, in lists, and against the numbers of the paper's set-up."""

import random
from collections import Counter

import pytest
import torch

from reference_impl.t5 import (
    corrupt_spans,
    raw_length,
    restore_spans,
    span_lengths,
    span_mask,
    to_sentinels,
)

FIRST = 32099


def by_hand(ids, mask, stop):
    """Source and target, token by token."""
    source, target = [], []
    sentinel = FIRST
    for place, (number, dropped) in enumerate(zip(ids, mask, strict=True)):
        new_span = place == 0 or dropped != mask[place - 1]
        if dropped and new_span:
            source.append(sentinel)
        if not dropped and new_span:
            sentinel = FIRST - sum(mask[i] and not mask[i - 1] for i in range(1, place))
            target.append(sentinel)
        (target if dropped else source).append(number)
    return [*source, stop], [*target, stop]


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_second_formulation_and_loses_nothing(seed):
    rng = random.Random(seed)
    length = rng.randint(2, 300)
    ids = torch.tensor([rng.randrange(2, 32000) for _ in range(length)])
    density, mean = rng.choice([(0.15, 3.0), (0.4, 1.0), (0.3, 5.0)])
    mask = span_mask(length, density, mean, torch.Generator().manual_seed(seed))
    source, target = corrupt_spans(ids, mask, FIRST)
    assert (source.tolist(), target.tolist()) == by_hand(ids.tolist(), mask.tolist(), 1)
    assert (len(source), len(target)) == span_lengths(length, density, mean)
    assert torch.equal(restore_spans(source, target, FIRST), ids)
    plain = corrupt_spans(ids, mask, FIRST, stop=None)
    assert torch.equal(plain[0], source[:-1])
    assert torch.equal(restore_spans(*plain, FIRST, stop=None), ids)


def test_a_text_may_end_with_kept_tokens():
    ids = torch.arange(10, 18)
    mask = torch.tensor([False, True, False, False, True, True, False, False])
    source, target = corrupt_spans(ids, mask, FIRST)
    assert source.tolist() == [10, FIRST, 12, 13, FIRST - 1, 16, 17, 1]
    assert target.tolist() == [FIRST, 11, FIRST - 1, 14, 15, FIRST - 2, 1]
    assert torch.equal(restore_spans(source, target, FIRST), ids)


def test_the_papers_lengths():
    """512 tokens of source hold 568 of text, in 28 spans, and the target has 114."""
    assert raw_length(512) == 568
    assert span_lengths(568) == (512, 114)
    assert span_lengths(569)[0] == 513
    assert raw_length(3) == 2


@pytest.mark.parametrize("length", [2, 3, 7, 20, 100, 513])
def test_a_mask_has_its_share_and_its_spans(length):
    mask = span_mask(length, generator=torch.Generator().manual_seed(length))
    dropped = min(max(round(length * 0.15), 1), length - 1)
    assert mask.shape == (length,)
    assert int(mask.sum()) == dropped
    begins = int((mask[1:] & ~mask[:-1]).sum())
    assert begins == max(round(dropped / 3), 1)
    assert not mask[0]
    assert mask[-1]


def test_all_masks_are_equally_likely():
    generator = torch.Generator().manual_seed(0)
    counts = Counter(
        tuple(span_mask(8, 0.5, 2.0, generator).tolist()) for _ in range(1800)
    )  # 4 kept in 2 spans, 4 dropped in 2: 3 ways times 3
    assert len(counts) == 9
    assert all(140 < count < 260 for count in counts.values())


def test_to_sentinels_of_nothing_and_of_all():
    ids = torch.tensor([5, 6, 7])
    assert torch.equal(to_sentinels(ids, torch.zeros(3, dtype=torch.bool), 99), ids)
    assert to_sentinels(ids, torch.ones(3, dtype=torch.bool), 99).tolist() == [99]


IDS = torch.arange(5, 9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: span_mask(10, density=0.0), "density between 0 and 1"),
        (lambda: span_mask(10, mean_span=0.5), "got 0.15 and 0.5"),
        (lambda: span_lengths(1), "length of at least 2, got 1"),
        (lambda: span_lengths(100, 0.9, 1.0), "each of the 90 spans, got 10 kept"),
        (lambda: raw_length(2), "at least 3 tokens, got 2"),
        (
            lambda: corrupt_spans(IDS, torch.tensor([True, False, False, True]), 99),
            r"keeps the first token and drops another, got \[1, 0, 0, 1\]",
        ),
        (lambda: corrupt_spans(IDS, torch.zeros(4, dtype=torch.bool), 99), r"got \[0, 0, 0, 0\]"),
        (
            lambda: corrupt_spans(IDS, torch.tensor([False, True, False, True]), 9),
            "below the 3 sentinels up to 9, got 8",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
