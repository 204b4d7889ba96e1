"""Each collective made of sends is torch's, and the bytes it sends are counted against formulas."""

import math
import time
from datetime import timedelta

import pytest
import torch
from torch import distributed

from reference_impl.distributed import (
    Links,
    RankError,
    all_gather,
    all_reduce,
    all_to_all,
    broadcast,
    reduce_scatter,
    require_same,
    ring_bytes,
    run_ranks,
    tree_all_reduce,
)

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.int64]
SHAPES = [(), (0,), (1,), (3,), (7, 5), (4, 3), (1000,)]


def sample(rank, shape, dtype):
    generator = torch.Generator().manual_seed(100 + rank)
    return (torch.randn(shape, generator=generator) * 10).to(dtype)


def close(got, expected):
    """Equal up to the order of the sum: four sums of numbers below 64, in bfloat16 to 1/8 each."""
    atol = 1.0 if got.dtype == torch.bfloat16 else 1e-5
    torch.testing.assert_close(got, expected, atol=atol, rtol=1e-5)


def all_sums(rank):
    results = []
    for shape in SHAPES:
        for dtype in DTYPES:
            x = sample(rank, shape, dtype)
            before = x.clone()
            links, tree = Links(), Links()
            ring = all_reduce(x, links)
            expected = x.clone()
            distributed.all_reduce(expected)
            assert torch.equal(x, before)
            assert ring.shape == x.shape
            assert links.bytes == ring_bytes(x.numel(), x.element_size(), links.size, rank)
            close(ring, expected)
            close(tree_all_reduce(x, tree), expected)
            results.append(ring)
    return results


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_all_reduce_is_torchs_for_all_shapes_and_dtypes_and_the_same_bits_everywhere(size):
    by_rank = run_ranks(all_sums, size)
    for same in zip(*by_rank, strict=True):
        assert all(torch.equal(same[0], other) for other in same)


def test_a_maximum_is_combined_as_well():
    def work(rank):
        x = sample(rank, (6, 5), torch.float32)
        expected = x.clone()
        distributed.all_reduce(expected, distributed.ReduceOp.MAX)
        assert torch.equal(all_reduce(x, combine=torch.maximum), expected)
        assert torch.equal(tree_all_reduce(x, combine=torch.maximum), expected)

    run_ranks(work, 4)


def test_views_that_are_not_contiguous_are_read_as_they_look():
    def work(rank):
        x = sample(rank, (6, 4), torch.float64).t()
        expected = x.contiguous()
        distributed.all_reduce(expected)
        torch.testing.assert_close(all_reduce(x), expected)
        torch.testing.assert_close(reduce_scatter(x), expected.chunk(2)[rank])
        got = all_to_all(x)
        torch.testing.assert_close(all_gather(x[:, ::2])[4 * rank : 4 * rank + 4], x[:, ::2])
        assert got.shape == x.shape

    run_ranks(work, 2)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_parts_are_torchs(size):
    def work(rank):
        for dtype in DTYPES:
            x = sample(rank, (2 * size, 3), dtype)
            links = Links()
            got = reduce_scatter(x, links)
            expected = x.clone()
            distributed.all_reduce(expected)
            close(got, expected[2 * rank : 2 * rank + 2])
            whole = x.numel() * x.element_size()
            assert links.bytes == whole * (size - 1) // size

            links = Links()
            parts = [torch.empty_like(x) for _ in range(size)]
            distributed.all_gather(parts, x)
            assert torch.equal(all_gather(x, links), torch.cat(parts))
            assert links.bytes == whole * (size - 1)

            links = Links()
            expected = torch.empty_like(x)
            distributed.all_to_all_single(expected, x)
            assert torch.equal(all_to_all(x, links), expected)
            assert links.bytes == whole * (size - 1) // size

    run_ranks(work, size)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
def test_a_broadcast_sends_the_tensor_once_to_each_other_rank_in_few_rounds(size):
    def work(rank):
        for source in range(size):
            for dtype in DTYPES:
                links = Links()
                x = sample(rank, (5,), dtype)
                assert torch.equal(broadcast(x, source, links), sample(source, (5,), dtype))
                assert links.messages <= math.ceil(math.log2(size))
        return links.messages

    assert sum(run_ranks(work, size)) == size - 1


def test_collectives_stay_in_their_group():
    def work(rank):
        groups = [distributed.new_group([0, 2]), distributed.new_group([1, 3])]
        links = Links(groups[rank % 2])
        x = torch.tensor([rank, 10])
        assert broadcast(x.clone(), 1, links).tolist() == [2 + rank % 2, 10]
        assert all_to_all(x, links).shape == (2,)
        return all_reduce(x, links).tolist()

    assert run_ranks(work, 4) == [[2, 20], [4, 20], [2, 20], [4, 20]]


def test_a_foreign_group_is_refused():
    def work(rank):
        group = distributed.new_group([0])
        if rank == 1:
            Links(group)

    with pytest.raises(
        RankError, match=r"rank 1 of 2: ValueError: expected a group that this rank"
    ):
        run_ranks(work, 2)


def test_without_a_process_group_the_error_says_what_to_call():
    with pytest.raises(ValueError, match="expected a process group, call init_process_group"):
        Links()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reduce_scatter(torch.ones(5, 2)), r"that 2 ranks divide, got shape \(5, 2\)"),
        (lambda: all_to_all(torch.ones(3)), r"that 2 ranks divide, got shape \(3,\)"),
        (lambda: all_to_all(torch.tensor(1.0)), r"that 2 ranks divide, got shape \(\)"),
        (lambda: all_gather(torch.tensor(1.0)), "at least one dimension, got one with none"),
        (lambda: broadcast(torch.ones(2), 2), "expected a source from 0 to 1, got 2"),
        (lambda: broadcast(torch.ones(2, 3).t()), r"contiguous tensor .* got shape \(3, 2\)"),
    ],
)
def test_bad_input_is_an_error_on_every_rank(call, message):
    with pytest.raises(RankError, match=f"^ranks 0, 1 of 2: ValueError: .*{message}"):
        run_ranks(lambda rank: call(), 2)


def test_ranks_that_differ_are_told_so_everywhere():
    def work(rank):
        require_same("shape", (2, 3))
        require_same("shape", (rank, 3))

    message = r"^ranks 0, 1 of 2: ValueError: expected the same shape on all ranks, got \(0, 3\) on rank 0, \(1, 3\) on rank 1"
    with pytest.raises(RankError, match=message):
        run_ranks(work, 2)


def test_the_formula_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="got 3, 4 and rank 2 of 2"):
        ring_bytes(3, 4, 2, 2)
    with pytest.raises(ValueError, match="got -1, 4"):
        ring_bytes(-1, 4, 2, 1)


def test_a_dead_neighbour_ends_the_ring_with_an_error_that_names_it():
    def work(rank):
        if rank == 1:
            raise KeyError("gone")
        all_reduce(torch.ones(4))

    with pytest.raises(RankError, match=r"^rank 1 of 3: KeyError"):
        run_ranks(work, 3, timeout=60.0)


def test_a_monitored_barrier_names_the_ranks_that_are_missing():
    def work(rank):
        if rank >= 2:
            time.sleep(1)
            return ""
        try:
            distributed.monitored_barrier(timeout=timedelta(seconds=0.3), wait_all_ranks=True)
        except RuntimeError as error:
            return str(error)
        return "passed"

    first, second, *_ = run_ranks(work, 4)
    assert "Ranks 2, 3 failed to pass monitoredBarrier in 300 ms" in first
    assert "Rank 1 successfully reached monitoredBarrier" in second
