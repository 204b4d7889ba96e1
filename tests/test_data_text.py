"""Texts as rows: windows, packing, padding and buckets of `reference_impl.data`."""

import itertools

import jaxtyping
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from reference_impl.data.buckets import BucketBatchSampler, padded_fraction, token_budget_batches
from reference_impl.data.packing import (
    best_fit_decreasing,
    cumulative_lengths,
    document_mask,
    next_token_targets,
    pack_and_chop,
    pack_whole,
    utilisation,
)
from reference_impl.data.padding import pad_batch
from reference_impl.data.windowing import window_spans, windows

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

EOS = 0


@st.composite
def cuts(draw):
    """A length, a capacity and an overlap that leaves a step; exact fits are common."""
    capacity = draw(st.integers(1, 9))
    overlap = draw(st.integers(0, capacity - 1))
    step = capacity - overlap
    length = draw(
        st.one_of(st.integers(0, 40), st.integers(0, 4).map(lambda n: n * step + overlap))
    )
    return length, capacity, overlap


#: Short documents, empty ones, and ones longer than any block of these tests.
document_lists = st.lists(st.integers(0, 25), max_size=8).map(
    lambda lengths: [torch.randint(1, 100, (n,)) for n in lengths]
)


def stream(documents):
    return [token for document in documents for token in [*document.tolist(), EOS]]


# Windows


def spans_by_hand(length, capacity, overlap):
    """What `Encoding::truncate` of Hugging Face's tokenizers does, step by step."""
    spans, start = [], 0
    while True:
        spans.append((start, min(start + capacity, length)))
        if spans[-1][1] == length:
            return spans
        start += capacity - overlap


@many
@given(cuts())
def test_a_window_starts_every_step_until_one_reaches_the_end(cut):
    assert window_spans(*cut) == spans_by_hand(*cut)


def test_the_example_in_the_tests_of_the_tokenizers_library():
    """`truncate_overflow_with_stride` in its `encoding.rs`: five tokens, max_len 4, stride 2."""
    rows = windows(torch.tensor([1, 2, 3, 4, 5]), size=4, overlap=2)
    assert [row.tolist() for row in rows.ids] == [[1, 2, 3, 4], [3, 4, 5]]


@many
@given(cuts(), st.integers(0, 2), st.integers(0, 2))
def test_each_token_has_one_owner_and_merging_gives_the_text_back(cut, before, after):
    length, capacity, overlap = cut
    ids = torch.randperm(length) + 10
    rows = windows(ids, capacity + before + after, overlap, [1] * before, [2] * after)
    assert torch.equal(rows.merge(rows.ids), ids)
    assert torch.equal(rows.merge(rows.places), torch.arange(length))
    for row, places in zip(rows.ids, rows.places, strict=True):
        assert len(row) == len(places) <= capacity + before + after
        assert torch.equal(row[places >= 0], ids[places[places >= 0]])
        assert row[places < 0].tolist() == [1] * before + [2] * after
    owners = rows.owners().tolist()
    for token, owner in enumerate(owners):
        context = {}
        for number, places in enumerate(rows.places):
            inside = places[places >= 0].tolist()
            if token in inside:
                left = inside.index(token)
                context[number] = min(left, len(inside) - 1 - left)
        assert owner == max(context, key=context.get)  # the first of equals
    assert owners == sorted(owners)


@many
@given(cuts(), st.integers(0, 3))
def test_an_overlap_of_twice_the_reach_merges_to_what_the_whole_text_gives(cut, reach):
    length, _, _ = cut
    x = torch.randn(length, 3, dtype=torch.float64)
    kernel = torch.randn(3, 3, 2 * reach + 1, dtype=torch.float64)

    def model(rows):
        return functional.conv1d(rows.T[None], kernel, padding=reach)[0].T if len(rows) else rows

    rows = windows(torch.arange(length), size=2 * reach + 3, overlap=2 * reach)
    merged = rows.merge([model(x[places]) for places in rows.places])
    torch.testing.assert_close(merged, model(x))


def test_values_of_padded_rows_are_merged_too():
    rows = windows(torch.arange(10), size=6, overlap=2, prefix=[90], suffix=[91])
    batch = pad_batch(rows.ids)
    assert torch.equal(rows.merge(list(batch.ids)), torch.arange(10))
    logits = batch.ids[..., None] * torch.tensor([1, -1])
    assert torch.equal(rows.merge(list(logits))[:, 1], -torch.arange(10))


def test_an_empty_text_is_one_row_of_special_tokens():
    rows = windows(torch.tensor([], dtype=torch.int64), size=4, overlap=1, prefix=[1], suffix=[2])
    assert [row.tolist() for row in rows.ids] == [[1, 2]]
    assert rows.starts == [0]
    assert rows.owners().shape == (0,)
    assert rows.merge(rows.ids).shape == (0,)


@pytest.mark.parametrize("length", [1, 4, 5])
def test_a_text_that_fits_is_one_row(length):
    assert len(windows(torch.arange(length), size=5, overlap=4).ids) == 1


def test_windows_of_small_integers_keep_their_dtype():
    rows = windows(torch.arange(6, dtype=torch.int32), size=4, overlap=1, prefix=[7])
    assert {row.dtype for row in rows.ids} == {torch.int32}
    assert {places.dtype for places in rows.places} == {torch.int64}


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.int16])
def test_windows_of_tokens_as_a_file_stores_them_have_the_same_places(dtype):
    options = {"size": 6, "overlap": 2, "prefix": [1], "suffix": [2]}
    rows = windows(torch.arange(11).to(dtype), **options)
    expected = windows(torch.arange(11), **options)
    assert [p.tolist() for p in rows.places] == [p.tolist() for p in expected.places]
    assert rows.starts == expected.starts
    assert torch.equal(rows.merge(expected.ids), torch.arange(11))


def test_windows_that_cannot_be_cut_say_why():
    with pytest.raises(ValueError, match="less than the capacity of 3, got 3"):
        windows(torch.arange(9), size=5, overlap=3, prefix=[1], suffix=[2])
    with pytest.raises(ValueError, match="above the 2 special tokens, got 2"):
        windows(torch.arange(9), size=2, prefix=[1], suffix=[2])
    with pytest.raises(ValueError, match="got -1"):
        window_spans(9, 3, -1)
    with pytest.raises(ValueError, match="length of at least 0, got -2"):
        window_spans(-2, 3, 1)
    rows = windows(torch.arange(9), size=5)
    with pytest.raises(ValueError, match="values for 2 rows, got 1"):
        rows.merge(rows.ids[:1])
    with pytest.raises(ValueError, match="expected 4 values for row 1, got 3"):
        rows.merge([rows.ids[0], rows.ids[1][:3]])


# Packing


@many
@given(document_lists, st.integers(1, 12))
def test_packing_and_chopping_loses_no_token(documents, size):
    blocks = list(pack_and_chop(documents, size, EOS, keep_rest=True))
    assert [t for block in blocks for t in block.ids.tolist()] == stream(documents)
    assert all(len(block.ids) == size for block in blocks[:-1])
    assert all(1 <= len(block.ids) <= size for block in blocks)
    owners = [d for block in blocks for d in block.documents.tolist()]
    assert owners == [n for n, doc in enumerate(documents) for _ in range(len(doc) + 1)]
    full = list(pack_and_chop(documents, size, EOS))
    assert len(full) == len(stream(documents)) // size
    for kept, dropped in zip(blocks, full, strict=False):
        assert torch.equal(kept.ids, dropped.ids)


@many
@given(document_lists, st.integers(1, 12))
def test_positions_start_at_0_in_every_piece(documents, size):
    for block in pack_and_chop(documents, size, EOS, keep_rest=True):
        before = None
        for document, position in zip(
            block.documents.tolist(), block.positions.tolist(), strict=True
        ):
            expected = before[1] + 1 if before and before[0] == document else 0
            assert position == expected
            before = (document, position)


def test_a_document_of_exactly_one_block_with_its_end_token():
    (block,) = pack_and_chop([torch.tensor([5, 6, 7])], size=4, eos=EOS)
    assert block.ids.tolist() == [5, 6, 7, EOS]
    assert list(pack_and_chop([], size=4, eos=EOS, keep_rest=True)) == []


def test_blocks_come_as_soon_as_they_are_full():
    def endless():
        while True:
            yield torch.tensor([1, 2, 3])

    blocks = pack_and_chop(endless(), size=6, eos=EOS)
    assert [next(blocks).ids.tolist() for _ in range(2)] == [[1, 2, 3, 0, 1, 2], [3, 0, 1, 2, 3, 0]]


def test_a_size_below_1_is_refused_before_the_first_block_is_asked_for():
    with pytest.raises(ValueError, match="size of at least 1, got 0"):
        pack_and_chop([], size=0, eos=EOS)


@many
@given(st.lists(st.integers(0, 3), max_size=10).map(sorted), st.integers(1, 3))
def test_the_mask_is_its_definition(numbers, batch):
    documents = torch.tensor([numbers] * batch, dtype=torch.int64)
    mask = document_mask(documents)
    assert mask.shape == (batch, len(numbers), len(numbers))
    for query, of_query in enumerate(numbers):
        for key, of_key in enumerate(numbers):
            assert mask[0, query, key].item() == (key <= query and of_key == of_query)


@many
@given(document_lists, st.integers(1, 12))
def test_cumulative_lengths_bound_the_pieces(documents, size):
    blocks = list(pack_and_chop(documents, size, EOS))
    if not blocks:
        return
    documents_of = torch.stack([block.documents for block in blocks])
    positions = torch.stack([block.positions for block in blocks]).flatten()
    bounds = cumulative_lengths(documents_of)
    assert bounds.dtype == torch.int32
    assert bounds[:-1].tolist() == (positions == 0).nonzero().flatten().tolist()
    assert bounds[-1] == positions.numel()


def test_cumulative_lengths_of_nothing():
    assert cumulative_lengths(torch.zeros(0, dtype=torch.int64)).tolist() == [0]


@many
@given(document_lists, st.integers(1, 12), st.booleans())
def test_targets_are_the_next_tokens_of_the_same_document(documents, size, across):
    for block in pack_and_chop(documents, size, EOS, keep_rest=True):
        targets = next_token_targets(block.ids, None if across else block.documents).tolist()
        ids, owners = block.ids.tolist(), block.documents.tolist()
        for place, target in enumerate(targets):
            last = place == len(ids) - 1
            if last or (not across and owners[place] != owners[place + 1]):
                assert target == -100
            else:
                assert target == ids[place + 1]


def test_targets_refuse_other_shapes():
    ids = torch.zeros(2, 5, dtype=torch.int64)
    with pytest.raises((ValueError, jaxtyping.TypeCheckError), match=r"\(2, 5\)|documents"):
        next_token_targets(ids, ids[0])


@some
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 2**31))
def test_masked_attention_on_a_block_is_attention_on_each_document(lengths, seed):
    generator = torch.Generator().manual_seed(seed)
    documents = [torch.randint(1, 9, (n - 1,)) for n in lengths]  # with the end token, n
    (block,) = pack_and_chop(documents, sum(lengths), EOS)

    def leaves():
        return [
            torch.randn(
                2, sum(lengths), 4, generator=generator, dtype=torch.float64, requires_grad=True
            )
            for _ in range(3)
        ]

    packed = leaves()
    alone = [leaf.detach().clone().requires_grad_() for leaf in packed]
    mask = document_mask(block.documents)
    out = functional.scaled_dot_product_attention(*packed, attn_mask=mask)
    bounds = cumulative_lengths(block.documents).tolist()
    pieces = [
        functional.scaled_dot_product_attention(*(leaf[:, a:b] for leaf in alone), is_causal=True)
        for a, b in itertools.pairwise(bounds)
    ]
    expected = torch.cat(pieces, dim=1)
    torch.testing.assert_close(out, expected)
    upstream = torch.randn(out.shape, generator=generator, dtype=torch.float64)
    ours = torch.autograd.grad(out, packed, upstream)
    theirs = torch.autograd.grad(expected, alone, upstream)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@many
@given(st.lists(st.integers(0, 20), max_size=30), st.integers(20, 30))
def test_best_fit_puts_each_item_into_one_bin_that_holds_it(lengths, size):
    bins = best_fit_decreasing(lengths, size)
    assert sorted(item for items in bins for item in items) == list(range(len(lengths)))
    assert all(sum(lengths[item] for item in items) <= size for items in bins)
    # Bins are opened only when nothing fits: any two together hold more than one could.
    loads = sorted(sum(lengths[item] for item in items) for items in bins)
    assert len(loads) < 2 or loads[0] + loads[1] > size


@many
@given(st.lists(st.integers(0, 12), max_size=15))
def test_best_fit_is_the_textbook_one(lengths):
    """Every item, longest first, into the fullest bin that still has room: the slow way."""
    loads = []
    for length in sorted(lengths, reverse=True):
        fitting = [i for i, load in enumerate(loads) if load + length <= 12]
        if fitting:
            loads[max(fitting, key=lambda i: loads[i])] += length
        else:
            loads.append(length)
    bins = best_fit_decreasing(lengths, 12)
    assert sorted(sum(lengths[i] for i in items) for items in bins) == sorted(loads)


@many
@given(document_lists)
def test_packing_whole_documents_cuts_none(documents):
    blocks = pack_whole(documents, 26, EOS)
    seen = {}
    for block in blocks:
        assert len(block.ids) <= 26
        for number in block.documents.unique().tolist():
            assert number not in seen
            seen[number] = block.ids[block.documents == number].tolist()
    assert seen == {n: [*doc.tolist(), EOS] for n, doc in enumerate(documents)}
    if blocks:
        assert utilisation(blocks, 26) == len(stream(documents)) / (26 * len(blocks))


def test_a_document_that_does_not_fit_whole_is_refused():
    exact = [torch.arange(3)]
    assert len(pack_whole(exact, 4, EOS)) == 1
    with pytest.raises(ValueError, match="lengths from 0 to 3, got 4 for item 0"):
        pack_whole(exact, 3, EOS)
    with pytest.raises(ValueError, match="at least one block"):
        utilisation([], 4)


# Padding

rows_of = st.lists(st.integers(0, 9), min_size=1, max_size=6).map(
    lambda lengths: [torch.randint(-50, 50, (n,)) for n in lengths]
)


@many
@given(rows_of, st.integers(-100, 5), st.sampled_from(["left", "right"]))
def test_padding_is_that_of_torch(rows, value, side):
    batch = pad_batch(rows, value, side)
    expected = pad_sequence(rows, batch_first=True, padding_value=value, padding_side=side)
    assert torch.equal(batch.ids, expected)
    ones = [torch.ones_like(row) for row in rows]
    real = pad_sequence(ones, batch_first=True, padding_side=side).bool()
    assert torch.equal(batch.mask, real)


@pytest.mark.parametrize(
    "dtype", [torch.int32, torch.uint8, torch.uint16, torch.float16, torch.bool]
)
def test_padding_keeps_the_dtype(dtype):
    batch = pad_batch([torch.ones(2, dtype=dtype), torch.ones(1, dtype=dtype)])
    assert batch.ids.dtype == dtype
    assert batch.ids.tolist() == [[1, 1], [1, 0]]


def test_padding_up_to_a_multiple():
    rows = [torch.arange(n) for n in (3, 9)]
    assert pad_batch(rows, multiple_of=8).ids.shape == (2, 16)
    assert pad_batch(rows[:1], multiple_of=3).ids.shape == (1, 3)
    assert pad_batch([torch.arange(0)], multiple_of=8).ids.shape == (1, 0)


@pytest.mark.parametrize(
    ("rows", "options", "error", "message"),
    [
        ([], {}, ValueError, "at least one row, got none"),
        ([torch.arange(2)], {"side": "middle"}, ValueError, "'right' or 'left', got 'middle'"),
        ([torch.arange(2)], {"multiple_of": 0}, ValueError, "at least 1, got 0"),
        ([torch.arange(2), torch.zeros(2)], {}, TypeError, "int64 in row 0 and torch.float32"),
        ([torch.arange(2).byte()], {"value": -100}, ValueError, "can hold, got -100: it would"),
        ([torch.zeros(2, 2)], {}, ValueError, r"row 0 of shape \(2, 2\)|rows"),
    ],
)
def test_rows_that_cannot_be_padded_say_why(rows, options, error, message):
    # A wrong shape is stopped before, by the annotation, where annotations are enforced.
    with pytest.raises((error, jaxtyping.TypeCheckError), match=message):
        pad_batch(rows, **options)


def test_annotations_are_enforced_here():
    with pytest.raises(jaxtyping.TypeCheckError):
        document_mask(torch.zeros(3))
    with pytest.raises(jaxtyping.TypeCheckError):
        windows(torch.zeros(3, 3, dtype=torch.int64), size=2)


# Buckets

length_lists = st.lists(st.integers(0, 30), max_size=60)


@many
@given(length_lists, st.integers(30, 90))
def test_a_budget_is_never_exceeded_and_no_batch_closes_early(lengths, budget):
    batches = token_budget_batches(lengths, budget)
    assert [index for batch in batches for index in batch] == list(range(len(lengths)))
    for number, batch in enumerate(batches):
        assert batch
        assert len(batch) * max(lengths[i] for i in batch) <= budget
        if number + 1 < len(batches):
            wider = [*batch, batches[number + 1][0]]
            assert len(wider) * max(lengths[i] for i in wider) > budget


@many
@given(length_lists, st.integers(1, 12), st.integers(0, 5), st.integers(0, 3), st.booleans())
def test_every_row_comes_once_an_epoch_and_a_seed_fixes_the_order(
    lengths, buckets, seed, epoch, by_budget
):
    how = {"budget": 60} if by_budget else {"batch_size": 4}
    sampler = BucketBatchSampler(lengths, buckets=buckets, seed=seed, **how)
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert len(sampler) == len(batches)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    twin = BucketBatchSampler(lengths, buckets=buckets, seed=seed, **how)
    twin.set_epoch(epoch)
    assert list(twin) == batches == list(sampler)
    for batch in batches:
        if by_budget:
            assert len(batch) * max(lengths[i] for i in batch) <= 60
        else:
            assert 1 <= len(batch) <= 4


def test_batches_stay_in_their_bucket():
    lengths = torch.randperm(100).tolist()
    for batch in BucketBatchSampler(lengths, batch_size=10, buckets=5):
        assert len({lengths[i] // 20 for i in batch}) == 1


def test_epochs_and_seeds_differ():
    lengths = list(range(64))
    sampler = BucketBatchSampler(lengths, batch_size=4, buckets=2)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    assert list(BucketBatchSampler(lengths, batch_size=4, buckets=2, seed=9)) != first


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    list(BucketBatchSampler([3, 1, 2], batch_size=2))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_takes_the_sampler(workers):
    texts = [torch.full((n,), n) for n in [5, 1, 9, 2, 8, 3, 7]]
    sampler = BucketBatchSampler([len(t) for t in texts], budget=18, buckets=2, seed=3)
    loader = DataLoader(texts, batch_sampler=sampler, collate_fn=pad_batch, num_workers=workers)
    for _ in range(2):
        batches = list(loader)
        assert len(batches) == len(loader) == len(sampler)
        for batch, indices in zip(batches, sampler, strict=True):
            assert batch.mask.sum(1).tolist() == [len(texts[i]) for i in indices]
            assert batch.ids.numel() <= 18


@many
@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 2))
def test_the_padded_fraction_is_the_padding_of_the_real_batches(lengths, power):
    rows = [torch.ones(n) for n in lengths]
    batches = list(BucketBatchSampler(lengths, batch_size=4, buckets=3))
    padded = [pad_batch([rows[i] for i in batch]) for batch in batches]
    pairs = [b.mask.sum(1) ** power for b in padded]
    done = sum(len(b.mask) * b.mask.shape[1] ** power for b in padded)
    expected = 1 - sum(int(p.sum()) for p in pairs) / done
    assert padded_fraction(lengths, batches, power) == pytest.approx(expected)


def test_no_padding_where_there_is_nothing_to_pad():
    assert padded_fraction([], []) == 0
    assert padded_fraction([0, 0], [[0, 1]]) == 0
    assert padded_fraction([5, 5], [[0, 1]], power=2) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "batch_size or budget, got None and None"),
        ({"batch_size": 2, "budget": 9}, "batch_size or budget, got 2 and 9"),
        ({"batch_size": 0}, "batch_size of at least 1, got 0"),
        ({"budget": 9, "buckets": 0}, "buckets of at least 1, got 0"),
        ({"budget": 6}, "at most 6 tokens, the budget, got 7 in row 1"),
    ],
)
def test_samplers_that_cannot_work_say_why(options, message):
    with pytest.raises(ValueError, match=message):
        BucketBatchSampler([3, 7], **options)
