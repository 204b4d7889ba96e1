"""The simulated allocator keeps PyTorch's rules, and what snapshots and profiles say is what was counted."""

import pickle
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch.cuda import _memory_viz

from reference_impl.attention import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import (
    CachingAllocator,
    ExpandableAllocator,
    Snapshot,
    SnapshotEvent,
    SnapshotSegment,
    TensorLeaks,
    allocator_of,
    block_size,
    caching_allocator,
    profile_snapshot,
    random_calls,
    read_snapshot,
    recorded_memory,
    replay,
    run_calls,
    segment_size,
)

MIB = 2**20
KINDS = {
    "plain": CachingAllocator,
    "limited": lambda: CachingAllocator(capacity=160 * MIB),
    "max_split": lambda: CachingAllocator(max_split=21 * MIB),
    "max_split, limited": lambda: CachingAllocator(capacity=160 * MIB, max_split=21 * MIB),
    "expandable": ExpandableAllocator,
    "expandable, limited": lambda: ExpandableAllocator(capacity=200 * MIB),
}


def run(allocator, calls):
    """Make requests. Yield after each what is in use: bytes by address."""
    live: dict[int, tuple[int, int]] = {}
    for call in calls:
        if call.action == "empty":
            allocator.empty_cache()
        elif call.action == "malloc":
            try:
                live[call.name] = (allocator.malloc(call.nbytes), call.nbytes)
            except torch.OutOfMemoryError:
                continue
        elif call.name in live:
            allocator.free(live.pop(call.name)[0])
        yield dict(live.values())


def check_blocks(allocator):
    """Blocks tile their segments, free neighbours are joined, and the pools hold what is free."""
    free = {True: set(), False: set()}
    sizes = {"all": 0, "used": 0}
    for head in allocator.heads:
        assert head.prev is None
        place = head.address
        for block in head.chain():
            assert block.address == place
            assert block.size % 512 == 0
            place += block.size
            if block.next is not None:
                assert block.next.prev is block
                open_ends = not block.allocated and not block.next.allocated
                assert not (open_ends and block.mapped == block.next.mapped)
            if block.mapped:
                sizes["all"] += block.size
                sizes["used"] += block.size * block.allocated
                if not block.allocated:
                    free[block.small].add((block.stream, block.size, block.address))
    assert (sizes["all"], sizes["used"]) == (allocator.reserved, allocator.allocated)
    for small, pool in allocator.pools.items():
        assert pool.keys == sorted(free[small])
        assert {block.address for block in pool.blocks.values()} == {key[2] for key in pool.keys}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_blocks_never_overlap_and_the_counts_are_their_sums(kind, seed):
    allocator = KINDS[kind]()
    for live in run(allocator, random_calls(300, seed)):
        check_blocks(allocator)
        ends = 0
        for address, nbytes in sorted(live.items()):
            assert address >= ends
            ends = address + nbytes
        assert allocator.requested == sum(live.values())
        page = 20 * MIB if isinstance(allocator, ExpandableAllocator) else 512
        assert allocator.capacity is None or allocator.reserved < allocator.capacity + page
        if not isinstance(allocator, ExpandableAllocator):
            whole = sum(
                head.size for head in allocator.heads if not head.split and not head.allocated
            )
            cached = allocator.reserved - allocator.allocated
            assert allocator.inactive_split == cached - whole
    for address in live:
        allocator.free(address)
    allocator.empty_cache()
    assert (allocator.allocated, allocator.reserved, allocator.heads) == (0, 0, [])


def test_a_limit_is_met_and_is_why_requests_fail():
    limited = KINDS["limited"]()
    list(run(limited, random_calls(700, seed=1)))
    assert 0 < limited.num_ooms < limited.num_alloc_retries
    free = CachingAllocator()
    list(run(free, random_calls(700, seed=1)))
    assert free.num_ooms == free.num_alloc_retries == 0


def test_the_sizes_are_those_of_the_installed_header():
    header = Path(torch.__file__).parent / "include/c10/core/AllocatorConfig.h"
    text = header.read_text(encoding="utf-8")
    found = dict(re.findall(r"constexpr size_t (k\w+) = (\d+);", text))
    assert {name: int(value) for name, value in found.items()} == {
        "kSmallBuffer": caching_allocator.SMALL_SEGMENT,
        "kMinBlockSize": caching_allocator.MIN_BLOCK,
        "kSmallSize": caching_allocator.SMALL,
        "kMinLargeAlloc": caching_allocator.MIN_LARGE,
        "kRoundLarge": caching_allocator.ROUND_LARGE,
    }
    assert f"large_segment_size_{{{caching_allocator.LARGE_SEGMENT}}}" in text


@pytest.mark.parametrize(
    ("nbytes", "block", "segment"),
    [
        (1, 512, 2 * MIB),
        (512, 512, 2 * MIB),
        (MIB, MIB, 2 * MIB),
        (MIB + 1, MIB + 512, 20 * MIB),
        (10 * MIB - 512, 10 * MIB - 512, 20 * MIB),
        (10 * MIB, 10 * MIB, 10 * MIB),
        (10 * MIB + 1, 10 * MIB + 512, 12 * MIB),
    ],
)
def test_sizes_at_the_borders(nbytes, block, segment):
    assert (block_size(nbytes), segment_size(block_size(nbytes))) == (block, segment)


def test_a_large_rest_of_a_megabyte_stays_with_the_block_and_a_byte_more_does_not():
    for size, rest in ((19 * MIB, 0), (19 * MIB - 512, MIB + 512)):
        gpu = CachingAllocator()
        gpu.free(gpu.malloc(20 * MIB))
        gpu.malloc(size)
        assert gpu.reserved == 20 * MIB
        assert gpu.largest_free == rest
        assert gpu.allocated == 20 * MIB - rest


def test_the_best_fit_is_taken_and_of_equal_ones_the_lowest():
    gpu = CachingAllocator()
    blocks = [gpu.malloc(size) for size in (3 * 512, 512, 2 * 512, 512, 2 * 512, 512)]
    for block in blocks[::2]:
        gpu.free(block)
    assert gpu.malloc(700) == blocks[2]
    assert gpu.malloc(700) == blocks[4]
    assert gpu.malloc(700) == blocks[0]


def test_streams_do_not_share_blocks():
    gpu = CachingAllocator()
    first = gpu.malloc(1000, stream=1)
    gpu.free(first)
    assert gpu.malloc(1000, stream=2) != first
    assert gpu.malloc(1000, stream=1) == first


def test_large_blocks_are_kept_for_large_requests():
    gpu = CachingAllocator(max_split=30 * MIB)
    large = gpu.malloc(64 * MIB)
    gpu.free(large)
    assert gpu.malloc(25 * MIB) != large  # below the limit: it may not have a large one
    assert gpu.malloc(40 * MIB) != large  # above, but 20 MiB or more would be lost
    assert gpu.malloc(50 * MIB) == large  # whole, without a split
    assert gpu.allocated == (26 + 40 + 64) * MIB  # 25 is not split from 26: the rest is too small


def test_expandable_segments_lie_in_one_piece_and_pages_go_back_one_by_one():
    gpu = ExpandableAllocator()
    blocks = [gpu.malloc(15 * MIB) for _ in range(6)]
    assert [b - a for a, b in pairwise(blocks)] == [15 * MIB] * 5
    assert gpu.reserved == 100 * MIB  # 90 in pages of 20
    for block in blocks[1:5]:
        gpu.free(block)
    gpu.empty_cache()  # free: 15 to 75; whole pages within: 20 to 60
    assert gpu.reserved == 60 * MIB
    assert gpu.malloc(60 * MIB) == blocks[1]  # the pages come back to the gap
    assert gpu.reserved == 100 * MIB


def test_with_max_split_only_as_much_is_given_back_as_is_needed():
    gpu = CachingAllocator(capacity=100 * MIB, max_split=21 * MIB)
    blocks = [gpu.malloc(size * MIB) for size in (30, 24, 40)]
    for block in blocks:
        gpu.free(block)
    gpu.malloc(80 * MIB)  # the largest go first: 40 and 30 are not enough, so 24 goes too
    assert (gpu.reserved, gpu.num_alloc_retries) == (80 * MIB, 0)
    gpu = CachingAllocator(capacity=100 * MIB, max_split=21 * MIB)
    blocks = [gpu.malloc(size * MIB) for size in (30, 24, 40)]
    for block in blocks:
        gpu.free(block)
    gpu.malloc(10 * MIB)  # a small request may not have a large block: one of at least 21 goes
    assert (gpu.reserved, gpu.num_alloc_retries) == (80 * MIB, 0)


@pytest.mark.parametrize("kind", ["plain", "limited", "max_split"])
def test_a_record_of_the_simulation_replays_to_the_same_addresses(kind):
    gpu = KINDS[kind]()
    list(run(gpu, random_calls(400, seed=5)))
    snapshot = read_snapshot(gpu.snapshot())
    again = replay(
        snapshot, lambda driver: CachingAllocator(max_split=gpu.max_split, driver=driver)
    )
    assert again.same_address == again.allocations > 100
    assert (max(again.allocated), max(again.reserved)) == (gpu.max_allocated, gpu.max_reserved)
    assert (snapshot.allocated, snapshot.reserved) == (gpu.allocated, gpu.reserved)
    assert (snapshot.requested, snapshot.inactive) == (gpu.requested, gpu.reserved - gpu.allocated)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CachingAllocator(capacity=0), "capacity must be positive, got 0"),
        (lambda: CachingAllocator(max_split=-1), "max_split must be positive, got -1"),
        (lambda: CachingAllocator().malloc(0), "expected a positive number of bytes, got 0"),
        (lambda: CachingAllocator().free(7), "no block in use at address 7"),
        (lambda: read_snapshot({"loss": 1}), "got a dictionary of ['loss']"),
        (lambda: profile_snapshot(torch.profiler.profile()), "profile_memory=True that has ended"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_an_error_of_the_device_says_how_much_is_free_and_in_which_pieces():
    gpu = CachingAllocator(capacity=22 * MIB)
    kept = [gpu.malloc(4 * MIB) for _ in range(5)]
    gpu.free(kept[1])
    gpu.free(kept[3])
    with pytest.raises(
        torch.OutOfMemoryError, match=r"8,388,608 are reserved .* at most 4,194,304"
    ):
        gpu.malloc(8 * MIB)
    assert (gpu.num_alloc_retries, gpu.num_ooms) == (1, 1)
    gpu.malloc(4 * MIB)


def test_pytorch_s_own_tools_read_the_snapshot_of_the_simulation():
    gpu = CachingAllocator()
    list(run(gpu, random_calls(200, seed=2)))
    text = _memory_viz.trace(gpu.snapshot())
    assert text.count("cudaMalloc") == sum(
        event.action == "segment_alloc" for event in read_snapshot(gpu.snapshot()).events
    )
    assert "20.0MiB" in _memory_viz.segsum(gpu.snapshot())


def raw_snapshot():
    """Return a dictionary as PyTorch gives it, for two tensors and a third that was there before."""
    here = {"filename": "/home/me/project/train.py", "name": "step", "line": 7}
    inside = {
        "filename": "/x/lib/python3.12/site-packages/torch/nn/linear.py",
        "name": "f",
        "line": 1,
    }
    other = {"filename": "/elsewhere/model.py", "name": "forward", "line": 3}
    entry = {"stream": 0, "time_us": 1}
    trace = [
        entry | {"action": "free_requested", "addr": 9, "size": 50, "frames": []},
        entry | {"action": "free_completed", "addr": 9, "size": 50, "frames": []},
        entry | {"action": "segment_alloc", "addr": 1000, "size": 2 * MIB, "frames": [here]},
        entry | {"action": "alloc", "addr": 1000, "size": 600, "frames": [inside, here, other]},
        entry | {"action": "alloc", "addr": 2024, "size": 10, "frames": [inside, other, here]},
        entry | {"action": "free_requested", "addr": 1000, "size": 600, "frames": []},
        entry | {"action": "free_completed", "addr": 1000, "size": 600, "frames": []},
        entry | {"action": "oom", "size": 5, "device_free": 3, "frames": [inside]},
        entry | {"action": "snapshot", "addr": 0, "size": 512, "frames": []},
    ]
    blocks = [
        {"address": 1000, "size": 1024, "requested_size": 600, "state": "active_pending_free"},
        {"address": 2024, "size": 512, "requested_size": 10, "state": "active_allocated"},
        {"address": 2536, "size": 2 * MIB - 1536, "requested_size": 0, "state": "inactive"},
    ]
    segment = {"device": 0, "address": 1000, "total_size": 2 * MIB, "segment_type": "small"}
    return {"segments": [segment | {"blocks": blocks}], "device_traces": [trace], "more": object}


def test_a_snapshot_of_pytorch_is_read(tmp_path):
    snapshot = read_snapshot(raw_snapshot(), about={"device": "a GPU"})
    assert snapshot.timeline() == [0, 0, 0, 600, 610, 610, 10, 10, 10]
    assert snapshot.peak() == (4, 610)
    assert snapshot.by_frame_at_peak() == {
        "project/train.py:step:7": 600,
        "elsewhere/model.py:forward:3": 10,
    }
    assert snapshot.marks() == [8]
    assert snapshot.events[7] == SnapshotEvent("oom", 0, 5, "(no Python frame)")
    assert (snapshot.reserved, snapshot.allocated, snapshot.requested) == (2 * MIB, 512, 10)
    path = tmp_path / "snapshot.pickle"
    path.write_bytes(pickle.dumps({k: v for k, v in raw_snapshot().items() if k != "more"}))
    assert read_snapshot(path).events == snapshot.events
    again = read_snapshot(snapshot.compact())
    assert again.timeline() == snapshot.timeline()
    assert again.by_frame_at_peak() == snapshot.by_frame_at_peak()
    assert [event.address for event in again.events[2:5]] == [991, 991, 2015]
    assert again.segments == (SnapshotSegment(991, 2 * MIB, True, snapshot.segments[0].blocks),)
    assert again.about == {"device": "a GPU"}
    assert read_snapshot(raw_snapshot(), device=1) == Snapshot((), ())


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    path = tmp_path / "snapshot.pickle"
    path.write_bytes(pickle.dumps(raw_snapshot()))  # it holds `object`, a name to be looked up
    with pytest.raises(ValueError, match=r"got a pickle that asks for builtins\.object"):
        read_snapshot(path)
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(ValueError, match=r"expected a snapshot, .* got a list"):
        read_snapshot(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_profile_ends_with_the_bytes_that_are_counted(seed):
    draw = random.Random(seed)
    heads = draw.choice([1, 2, 3])
    config = GPTConfig(
        vocab=draw.randint(5, 90), context=40, dim=6 * heads, layers=draw.randint(1, 3), heads=heads
    )
    model = GPT(config)
    ids, targets = torch.randint(config.vocab, (2, draw.randint(1, 5), draw.randint(1, 40)))
    with LiveBytes() as counted:
        loss = model.loss(ids, targets)
    expected = counted.live
    del loss
    with torch.profiler.profile(profile_memory=True, with_stack=True) as profile:
        loss = model.loss(ids, targets)
    snapshot = profile_snapshot(profile)
    assert snapshot.timeline()[-1] == expected
    assert snapshot.peak()[1] >= counted.peak
    assert sum(snapshot.by_frame_at_peak().values()) == snapshot.peak()[1]
    assert any("gpt/model.py" in frame for frame in snapshot.by_frame_at_peak())
    del loss


def test_leaks_are_found_with_what_holds_them():
    class Keeper:
        pass

    keeper = Keeper()
    with TensorLeaks() as leaks:
        old = torch.ones(2)
        keeper.tensor = torch.ones(10)
        in_dict = {"weight": torch.ones(3, dtype=torch.float64)}
        in_list = [torch.ones(2, 2)]

        closure = (lambda x: lambda: x)(torch.ones(7))

        del old
    assert [(leak.shape, leak.nbytes, leak.holders) for leak in leaks.found()] == [
        ((10,), 40, ("a Keeper",)),
        ((7,), 28, ("a cell",)),
        ((3,), 24, ("'weight' in a dict",)),
        ((2, 2), 16, ("a list",)),
    ]
    del keeper, in_dict, in_list, closure
    assert leaks.found() == []


def test_an_exception_holds_the_variables_of_the_calls_it_went_through():
    def forward(x):
        hidden = x * 2
        raise ValueError(f"a batch of {len(hidden)}")

    errors = []
    with TensorLeaks() as leaks:
        try:
            forward(torch.ones(5))
        except ValueError as error:
            errors.append(error)
    assert [leak.holders for leak in leaks.found()] == [("forward()",)] * 2
    errors[0].__traceback__ = None
    assert leaks.found() == []


def test_a_cycle_is_no_leak():
    with TensorLeaks() as leaks:
        cycle = [torch.ones(3)]
        cycle.append(cycle)
        del cycle
    assert leaks.found() == []


RECORDED = ("random", "random, with a limit", "random, expandable", "random, expandable, with a limit",
            "random, max_split", "random, max_split, with a limit")  # fmt: skip  # a list reads as a list


@pytest.mark.parametrize("name", RECORDED)
def test_the_simulation_does_what_a_real_gpu_did(name):
    part = recorded_memory(name)
    gpu = allocator_of(part)
    done = run_calls(gpu, random_calls(part["calls"], part["seed"]))
    assert len(done.addresses) > 200
    assert done.addresses == part["addresses"]
    assert done.allocated == part["allocated"]
    assert done.reserved == part["reserved"]
    stats = part["stats"]
    assert gpu.num_alloc_retries == stats["num_alloc_retries"]
    assert gpu.num_ooms == stats["num_ooms"] == done.addresses.count(None)
    assert (gpu.num_ooms > 0) == ("limit" in name)
    assert gpu.requested == stats["requested_bytes.all.current"]
    assert gpu.inactive_split == stats["inactive_split_bytes.all.current"]


def test_a_recorded_training_replays_and_has_the_peaks_of_memory_stats():
    part = recorded_memory("training")
    snapshot = read_snapshot(part["snapshot"])
    again = replay(snapshot)
    assert again.same_address == again.allocations > 500
    stats = part["stats"]
    assert snapshot.peak()[1] == stats["requested_bytes.all.peak"]
    assert max(again.allocated) == stats["allocated_bytes.all.peak"]
    assert max(again.reserved) == stats["reserved_bytes.all.peak"]
    assert (snapshot.allocated, snapshot.reserved) == (again.allocated[-1], again.reserved[-1])
    levels = snapshot.about["levels"]
    for name, end, level in zip(snapshot.about["marks"], snapshot.marks(), levels, strict=False):
        assert snapshot.timeline()[end] == level["requested"], name
        assert (again.allocated[end], again.reserved[end]) == (
            level["allocated"],
            level["reserved"],
        )


def test_an_unknown_part_of_the_record_is_named():
    with pytest.raises(ValueError, match=r"expected one of training, .*, got 'all'"):
        recorded_memory("all")


@pytest.mark.gpu
@pytest.mark.parametrize("limit", [None, 160 * MIB])
def test_a_real_gpu_gives_the_same_addresses(limit):
    """Needs a process whose allocator is empty; `python -m reference_impl.memory.record_snapshot` sees to that."""
    torch.cuda.empty_cache()
    if torch.cuda.memory_reserved():
        pytest.skip("the allocator is in use by this process")
    total = torch.cuda.mem_get_info()[1]
    torch.cuda.set_per_process_memory_fraction(limit / total if limit else 1.0)
    torch.cuda.memory._record_memory_history(max_entries=100_000, stacks="python")
    kept = {}
    for call in random_calls(500, seed=9):
        if call.action == "malloc":
            try:
                kept[call.name] = torch.empty(call.nbytes, dtype=torch.uint8, device="cuda")
            except torch.OutOfMemoryError:
                continue
        elif call.action == "free":
            kept.pop(call.name, None)
        else:
            torch.cuda.empty_cache()
    again = replay(read_snapshot(torch.cuda.memory._snapshot()))
    torch.cuda.memory._record_memory_history(enabled=None)
    torch.cuda.set_per_process_memory_fraction(1.0)
    assert again.same_address == again.allocations
    assert again.allocated[-1] == torch.cuda.memory_allocated()
    assert again.reserved[-1] == torch.cuda.memory_reserved()


@pytest.mark.parametrize("raw", [b"", b"no snapshot", b"{", pickle.dumps({"a": 1})[:-2]])
def test_a_file_that_is_no_snapshot_is_refused(raw, tmp_path):
    path = tmp_path / "snapshot"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="expected a snapshot, got a file that can't be read"):
        read_snapshot(path)


def test_a_record_without_its_first_segment_can_not_be_run_again():
    gpu = CachingAllocator()
    gpu.malloc(100)
    snapshot = read_snapshot(gpu.snapshot())
    late = snapshot.__class__(
        tuple(e for e in snapshot.events if e.action != "segment_alloc"), snapshot.segments
    )
    with pytest.raises(ValueError, match="a record from the first segment on"):
        replay(late)
