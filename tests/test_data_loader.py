"""`reference_impl.data`: samplers, collating and the loader, held against `torch.utils.data`."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter, OrderedDict, namedtuple
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils import data as theirs

from reference_impl import data as ours
from reference_impl.data.samplers import epoch_order

MANY = settings(deadline=None, max_examples=150)
FEW = settings(deadline=None, max_examples=6)

pytestmark = [
    # torch counts the cores; the machine may have one
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
]


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert multiprocessing.active_children() == []


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# Samplers ------------------------------------------------------------------------------------


@MANY
@given(
    length=st.integers(1, 90),
    replacement=st.booleans(),
    num_samples=st.none() | st.integers(1, 200),
    seed=st.integers(0, 2**40),
    own=st.booleans(),
)
def test_the_random_sampler_has_torchs_order(length, replacement, num_samples, seed, own):
    orders = []
    for library in (ours, theirs):
        torch.manual_seed(seed)
        generator = seeded(seed) if own else None
        sampler = library.RandomSampler(range(length), replacement, num_samples, generator)
        orders.append((len(sampler), list(sampler), list(sampler), torch.rand(1).item()))
    assert orders[0] == orders[1]


@MANY
@given(length=st.integers(0, 50), batch_size=st.integers(1, 12), drop_last=st.booleans())
def test_batches_of_indices_are_torchs(length, batch_size, drop_last):
    mine, original = (
        library.BatchSampler(library.SequentialSampler(range(length)), batch_size, drop_last)
        for library in (ours, theirs)
    )
    assert list(mine) == list(original)
    assert len(mine) == len(original)


@MANY
@given(
    length=st.integers(1, 40),
    ranks=st.integers(1, 9),
    shuffle=st.booleans(),
    seed=st.integers(0, 99),
    epoch=st.integers(0, 5),
    drop_last=st.booleans(),
)
def test_the_distributed_sampler_is_torchs(length, ranks, shuffle, seed, epoch, drop_last):
    if drop_last and length < ranks:
        return  # torch's own arithmetic goes wrong there; the next test says what ours does
    for rank in range(ranks):
        arguments = (range(length), ranks, rank, shuffle, seed, drop_last)
        mine, original = ours.DistributedSampler(*arguments), theirs.DistributedSampler(*arguments)
        mine.set_epoch(epoch)
        original.set_epoch(epoch)
        assert list(mine) == list(original)
        assert len(mine) == len(original)


def test_too_few_items_for_the_ranks_are_dropped():
    sampler = ours.DistributedSampler(range(2), 3, 0, drop_last=True)
    assert (len(sampler), list(sampler)) == (0, [])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ours.RandomSampler([]), "at least 1 item, got 0"),
        (lambda: ours.RandomSampler([1], num_samples=0), "num_samples must be .* above 0, got 0"),
        (lambda: ours.BatchSampler([1], 0, drop_last=False), "batch_size must be .* got 0"),
        (lambda: ours.BatchSampler([1], True, drop_last=False), "batch_size must be .* got True"),
        (lambda: ours.DistributedSampler([1], 2, 2), "rank must be from 0 to 1, got 2"),
        (lambda: ours.DistributedSampler([], 2, 1), "at least 1 item, got 0"),
        (lambda: ours.ResumableSampler(0), "length must be .* got 0"),
        (lambda: ours.ResumableSampler(3, rank=-1), "rank must be from 0 to 0, got -1"),
        (lambda: ours.ResumableSampler(1, world_size=2, drop_last=True), "leaves nothing"),
    ],
)
def test_samplers_refuse(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# Resuming ------------------------------------------------------------------------------------


@MANY
@given(
    length=st.integers(1, 40),
    ranks=st.integers(1, 5),
    seed=st.integers(0, 99),
    shuffle=st.booleans(),
    epoch=st.integers(0, 3),
)
def test_an_epoch_of_the_resumable_sampler_is_that_of_the_distributed_one(
    length, ranks, seed, shuffle, epoch
):
    for rank in range(ranks):
        mine = ours.ResumableSampler(
            length, seed=seed, rank=rank, world_size=ranks, shuffle=shuffle
        )
        mine.set_epoch(epoch)
        original = theirs.DistributedSampler(range(length), ranks, rank, shuffle, seed)
        original.set_epoch(epoch)
        assert list(mine) == list(original)


def train(sampler, epochs, batch_size, drop_last, stop=None, library=theirs, workers=0):
    """The loop of the docstring: the batches used, up to `stop` of them."""
    used = []
    loader = library.DataLoader(
        range(sampler.length),
        batch_size,
        sampler=sampler,
        drop_last=drop_last,
        num_workers=workers,
    )
    for epoch in range(sampler.epoch, epochs):
        sampler.set_epoch(epoch)
        for batch in loader:
            used.append(batch.tolist())
            sampler.advance(len(batch))
            if len(used) == stop:
                return used
    return used


@MANY
@given(
    length=st.integers(1, 30),
    ranks=st.integers(1, 3),
    batch_size=st.integers(1, 7),
    drop_last=st.booleans(),
    shuffle=st.booleans(),
    data=st.data(),
)
def test_a_resumed_run_uses_what_an_uninterrupted_one_would(
    length, ranks, batch_size, drop_last, shuffle, data
):
    if drop_last and length < ranks:
        return
    for rank in range(ranks):

        def fresh(rank=rank):
            return ours.ResumableSampler(
                length, rank=rank, world_size=ranks, shuffle=shuffle, drop_last=drop_last
            )

        whole = train(fresh(), 3, batch_size, drop_last)
        if not whole:
            return
        stop = data.draw(st.integers(1, len(whole)))
        first = fresh()
        before = train(first, 3, batch_size, drop_last, stop)
        state = first.state_dict()
        second = fresh()
        second.load_state_dict(state)
        assert before + train(second, 3, batch_size, drop_last) == whole


@FEW
@given(stop=st.integers(1, 9), workers=st.integers(1, 2), library=st.sampled_from([ours, theirs]))
def test_reading_ahead_does_not_move_the_position(stop, workers, library):
    whole = train(ours.ResumableSampler(20), 2, 4, False)
    first = ours.ResumableSampler(20)
    before = train(first, 2, 4, False, stop, library, workers)
    second = ours.ResumableSampler(20)
    second.load_state_dict(first.state_dict())
    assert before + train(second, 2, 4, False, library=library, workers=workers) == whole


@MANY
@given(length=st.integers(1, 40), before=st.integers(1, 4), after=st.integers(1, 4), data=st.data())
def test_another_number_of_ranks_uses_each_remaining_item_once(length, before, after, data):
    samplers = [
        ours.ResumableSampler(length, rank=rank, world_size=before) for rank in range(before)
    ]
    count = data.draw(st.integers(0, len(samplers[0]) - 1))
    used = [index for sampler in samplers for index in list(sampler)[:count]]
    for sampler in samplers:
        if count:
            sampler.advance(count)
    states = [sampler.state_dict() for sampler in samplers]
    assert all(state == states[0] for state in states)
    rest = []
    for rank in range(after):
        sampler = ours.ResumableSampler(length, rank=rank, world_size=after)
        sampler.load_state_dict(states[0])
        rest.append(list(sampler))
    assert len({len(share) for share in rest}) == 1
    dealt = [index for turn in zip(*rest, strict=True) for index in turn]
    assert sorted(used + dealt[: length - len(used)]) == list(range(length))


def test_the_position_refuses_what_cannot_be():
    sampler = ours.ResumableSampler(10)
    with pytest.raises(ValueError, match="cannot advance by 11: expected at most the 10 items"):
        sampler.advance(11)
    with pytest.raises(ValueError, match="count must be an integer above 0, got 0"):
        sampler.advance(0)
    sampler.advance(4)
    state = sampler.state_dict()
    for other, words in [
        (ours.ResumableSampler(9), "expected length=9, got 10"),
        (ours.ResumableSampler(10, seed=1), "expected seed=1, got 0"),
        (ours.ResumableSampler(10, shuffle=False), "expected shuffle=False, got True"),
    ]:
        with pytest.raises(ValueError, match=words):
            other.load_state_dict(state)
        assert (other.epoch, other.consumed) == (0, 0)
    with pytest.raises(ValueError, match="state must have keys"):
        sampler.load_state_dict({"epoch": 1})
    with pytest.raises(ValueError, match="consumed from 0 to 10"):
        sampler.load_state_dict(state | {"consumed": 11})
    sampler.set_epoch(0)
    assert sampler.consumed == 4  # the epoch it is in: the position is kept
    sampler.set_epoch(1)
    assert list(sampler) == epoch_order(10, 1, shuffle=True)


# Collating -----------------------------------------------------------------------------------

Pair = namedtuple("Pair", ["left", "right"])


def structures():
    """Functions that make an item of one structure from a number."""
    leaves = st.sampled_from(
        [
            lambda n: n,
            lambda n: n / 7,
            lambda n: n % 2 == 0,
            str,
            lambda n: str(n).encode(),
            lambda n: torch.full((2, 3), n),
            lambda n: torch.tensor(n, dtype=torch.bfloat16),
            lambda n: np.arange(3) + n,
            lambda n: np.float64(n),
            lambda n: np.int16(n),
            lambda n: np.bool_(n % 2),
            lambda n: range(n, n + 2),
        ]
    )

    def grow(inner):
        some = st.lists(inner, min_size=1, max_size=3)
        return (
            some.map(lambda parts: lambda n: tuple(part(n) for part in parts))
            | some.map(lambda parts: lambda n: [part(n) for part in parts])
            | some.map(lambda parts: lambda n: {i: part(n) for i, part in enumerate(parts)})
            | some.map(
                lambda parts: lambda n: OrderedDict((str(i), p(n)) for i, p in enumerate(parts))
            )
            | some.map(
                lambda parts: lambda n: MappingProxyType({i: p(n) for i, p in enumerate(parts)})
            )
            | st.tuples(inner, inner).map(lambda two: lambda n: Pair(two[0](n), two[1](n)))
        )

    return st.recursive(leaves, grow, max_leaves=6)


def assert_same(mine, original):
    assert type(mine) is type(original)
    if isinstance(mine, torch.Tensor):
        assert mine.dtype == original.dtype
        assert torch.equal(mine, original)
    elif isinstance(mine, dict | MappingProxyType):
        assert list(mine) == list(original)
        for key in mine:
            assert_same(mine[key], original[key])
    elif isinstance(mine, list | tuple):
        assert len(mine) == len(original)
        for one, other in zip(mine, original, strict=True):
            assert_same(one, other)
    else:
        assert mine == original


@MANY
@given(make=structures(), numbers=st.lists(st.integers(0, 90), min_size=1, max_size=4))
def test_collating_is_torchs(make, numbers):
    batch = [make(number) for number in numbers]
    assert_same(ours.default_collate(batch), theirs.default_collate(batch))
    assert_same(ours.default_convert(batch[0]), theirs.default_convert(batch[0]))


@pytest.mark.parametrize(
    ("batch", "kind", "words"),
    [
        ([torch.ones(3), torch.ones(5)], RuntimeError, r"item: \(3,\) in item 0, \(5,\) in item 1"),
        ([{"a": [0, torch.ones(1)]}, {"a": [0, torch.ones(2)]}], RuntimeError, r"\['a'\]\[1\]"),
        ([[1, 2], [3]], RuntimeError, "equal lengths .* 2 in item 0, 1 in item 1"),
        ([{"a": 1}, {"b": 1}], KeyError, "same keys"),
        ([{"a": 1}, {"a": 1, "b": 1}], KeyError, "same keys"),
        ([object()], TypeError, "got object at item"),
        ([{"a": None}], TypeError, r"got NoneType at item\['a'\]"),
        ([], ValueError, "at least 1 item"),
    ],
)
def test_what_cannot_be_collated_says_where(batch, kind, words):
    with pytest.raises(kind, match=words):
        ours.default_collate(batch)


# The loader ----------------------------------------------------------------------------------


class Squares(theirs.Dataset):
    """Map-style: item i is (i, i squared)."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return index, torch.tensor([index**2])


class FetchedTogether(Squares):
    def __getitems__(self, indices):
        return [(index, torch.tensor([-index])) for index in indices]


class Stream(theirs.IterableDataset):
    """Iterable-style, dealt out to the workers of either library, unequally."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __iter__(self):
        info = ours.get_worker_info() or theirs.get_worker_info()
        if info is None:
            return iter(range(self.length))
        bounds = np.linspace(0, np.sqrt(self.length), info.num_workers + 1) ** 2
        return iter(range(int(bounds[info.id]), int(bounds[info.id + 1])))


def passes(library, make, seed, own_generator, **options):
    """Two passes with one generator, and what the generator gives afterwards."""
    torch.manual_seed(seed)
    generator = seeded(seed) if own_generator else None
    loader = library.DataLoader(make(), generator=generator, **options)
    return loader, [list(loader), list(loader)], torch.rand(1, generator=generator).item()


options = st.fixed_dictionaries(
    {
        "batch_size": st.none() | st.integers(1, 8),
        "drop_last": st.booleans(),
        "shuffle": st.booleans(),
    }
).filter(lambda chosen: not (chosen["batch_size"] is None and chosen["drop_last"]))


def check_against_torch(kind, length, seed, own_generator, chosen):
    if kind is Stream:
        chosen = chosen | {"shuffle": False}
    results = [
        passes(library, lambda: kind(length), seed, own_generator, **chosen)
        for library in (ours, theirs)
    ]
    assert_same(results[0][1], results[1][1])
    assert results[0][2] == results[1][2]
    assert len(results[0][0]) == len(results[1][0])


@MANY
@given(
    kind=st.sampled_from([Squares, FetchedTogether, Stream]),
    length=st.integers(1, 30),
    seed=st.integers(0, 2**40),
    own_generator=st.booleans(),
    chosen=options,
)
def test_the_loader_gives_torchs_batches(kind, length, seed, own_generator, chosen):
    check_against_torch(kind, length, seed, own_generator, chosen)


@FEW
@given(
    kind=st.sampled_from([Squares, FetchedTogether, Stream]),
    length=st.integers(1, 30),
    workers=st.integers(1, 3),
    prefetch=st.none() | st.integers(1, 4),
    chosen=options,
)
def test_with_workers_the_loader_gives_torchs_batches(kind, length, workers, prefetch, chosen):
    chosen = chosen | {"num_workers": workers, "prefetch_factor": prefetch}
    check_against_torch(kind, length, 3, True, chosen)


class Seeds(theirs.Dataset):
    """Item i: what the three global generators give in the process that fetches it."""

    def __len__(self):
        return 4

    def __getitem__(self, _):
        info = ours.get_worker_info() or theirs.get_worker_info()
        return info.id, info.seed, torch.randint(99, ()), random.random(), np.random.rand()  # noqa: NPY002 - the global generator is what is seeded


def test_the_workers_have_torchs_seeds():
    batches = []
    for library in (ours, theirs):
        loader = library.DataLoader(Seeds(), 2, num_workers=2, generator=seeded(5))
        batches.append([list(loader), list(loader)])
    assert_same(batches[0], batches[1])


def test_a_batch_sampler_and_a_sampler_of_ones_own():
    for chosen in ({"batch_sampler": [[3, 1], [2]]}, {"sampler": [2, 0, 2], "batch_size": 2}):
        assert_same(
            list(ours.DataLoader(Squares(4), **chosen)),
            list(theirs.DataLoader(Squares(4), **chosen)),
        )


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"shuffle": True, "sampler": [0]}, "either sampler or shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, "decides everything"),
        ({"batch_sampler": [[0]], "sampler": []}, "decides everything"),
        ({"batch_size": None, "drop_last": True}, "drop_last needs batches"),
        ({"batch_size": 0}, "batch_size must be .* got 0"),
        ({"num_workers": -1}, "num_workers must be 0 or more, got -1"),
        ({"prefetch_factor": 2}, "needs num_workers > 0"),
    ],
)
def test_options_that_contradict_each_other(chosen, words):
    with pytest.raises(ValueError, match=words):
        ours.DataLoader(Squares(3), **chosen)
    with pytest.raises(ValueError, match=r".+"):
        theirs.DataLoader(Squares(3), **chosen)


def test_an_empty_dataset():
    assert list(ours.DataLoader(Squares(0))) == list(theirs.DataLoader(Squares(0))) == []
    with pytest.raises(ValueError, match="cannot shuffle an empty dataset: expected at least 1"):
        ours.DataLoader(Squares(0), shuffle=True)
    with pytest.raises(ValueError, match="decides its own order"):
        ours.DataLoader(Stream(3), shuffle=True)


class TooFew(Squares):
    def __getitems__(self, indices):
        return [self[indices[0]]]


def test_getitems_must_return_what_was_asked_for():
    with pytest.raises(ValueError, match="must return 2 items, got 1"):
        list(ours.DataLoader(TooFew(4), 2))


# What goes wrong in a worker -----------------------------------------------------------------


class Particular(Exception):  # noqa: N818 - a name a user might give
    """Pickles, and cannot be unpickled: the constructor wants two arguments."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class Fails(Squares):
    def __init__(self, error):
        super().__init__(12)
        self.error = error

    def __getitem__(self, index):
        if index == 6:
            raise self.error
        return super().__getitem__(index)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (KeyError("label"), KeyError, "label"),
        (FileNotFoundError(2, "gone", "x.bin"), FileNotFoundError, "gone"),
        (Particular(1, 2), RuntimeError, "Particular in worker 1: 1 and 2"),
        (StopIteration(), RuntimeError, "raised StopIteration"),
    ],
)
def test_what_a_worker_raises_is_raised_in_the_parent(error, kind, words):
    seen = []
    with pytest.raises(kind, match=words) as caught:
        seen += ours.DataLoader(Fails(error), 2, num_workers=2)
    raised = caught.value.__cause__ if isinstance(error, StopIteration) else caught.value
    note = "\n".join(raised.__notes__)
    assert "Raised in worker 1" in note
    assert "in __getitem__" in note


def test_batches_before_the_error_arrive():
    batches = iter(ours.DataLoader(Fails(KeyError()), 2, num_workers=2))
    assert [next(batches)[0].tolist() for _ in range(3)] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(KeyError):
        next(batches)


def test_a_batch_that_cannot_be_pickled_is_an_error():
    loader = ours.DataLoader(Squares(4), 2, collate_fn=lambda items: lambda: items, num_workers=1)
    with pytest.raises((AttributeError, TypeError, RuntimeError), match="pickle"):
        list(loader)


def test_an_error_while_a_worker_starts():
    def init(worker):
        raise OSError(f"no data for worker {worker}")

    with pytest.raises(OSError, match="no data for worker 0"):
        list(ours.DataLoader(Squares(4), num_workers=2, worker_init_fn=init))


class Dies(Squares):
    def __init__(self, how):
        super().__init__(12)
        self.how = how

    def __getitem__(self, index):
        if index == 6:
            self.how()
        return super().__getitem__(index)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
        (lambda: os._exit(3), "exit code 3"),
    ],
)
def test_a_worker_that_dies_is_noticed(how, words):
    with pytest.raises(RuntimeError, match=f"worker 1 .* ended unexpectedly: {words}"):
        list(ours.DataLoader(Dies(how), 2, num_workers=2))


def test_a_worker_killed_from_outside_is_noticed():
    batches = iter(ours.DataLoader(Squares(1000), 1, num_workers=2))
    next(batches)
    for process in batches.processes:
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match=r"ended unexpectedly: killed by SIGKILL"):
        list(batches)


@pytest.mark.parametrize("use", [0, 1, 3])
def test_a_pass_that_is_left_early_ends_its_workers(use):
    batches = iter(ours.DataLoader(Squares(100), 2, num_workers=2))
    for _ in range(use):
        next(batches)
    assert len(multiprocessing.active_children()) == 2
    batches.close()
    assert multiprocessing.active_children() == []
    assert list(batches) == []


def test_large_tasks_and_large_answers_do_not_block_each_other():
    def big(items):
        return b"x" * 2**20

    loader = ours.DataLoader(Squares(90_000), 30_000, num_workers=1, collate_fn=big)
    assert [len(batch) for batch in loader] == [2**20] * 3


def test_workers_end_when_the_parent_is_killed(tmp_path):
    program = textwrap.dedent("""
        import os, signal
        from reference_impl.data import DataLoader
        def big(items):
            return b"x" * 2**20  # more than a pipe holds: the workers are in the middle of a write
        batches = iter(DataLoader(range(100), 2, num_workers=2, collate_fn=big))
        next(batches)
        print(*[process.pid for process in batches.processes], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    script = tmp_path / "parent.py"
    script.write_text(program)
    done = subprocess.run(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    for _ in range(400):
        alive = [pid for pid in pids if is_running(pid)]
        if not alive:
            return
        time.sleep(0.05)
    pytest.fail(f"workers {alive} outlived their parent")


def test_a_pass_that_is_open_at_exit_ends_without_a_word():
    program = textwrap.dedent("""
        from reference_impl.data import DataLoader
        batches = iter(DataLoader(range(100), 2, num_workers=2))
        next(batches)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_second_pass_does_not_end_the_workers_of_the_first():
    first = iter(ours.DataLoader(Squares(40), 2, num_workers=1))
    next(first)
    assert len(list(ours.DataLoader(Squares(6), 2, num_workers=2))) == 3  # forked with a copy of it
    assert len(list(first)) == 19


def is_running(pid):
    """A process that has ended and was not yet waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_spawned_workers_give_the_same(tmp_path):
    loader = ours.DataLoader(range(6), 2, num_workers=1, multiprocessing_context="spawn")
    assert torch.cat(list(loader)).tolist() == list(range(6))


class CountsReads(Squares):
    def __init__(self, length):
        super().__init__(length)
        self.reads = multiprocessing.Value("i", 0)

    def __getitem__(self, index):
        with self.reads.get_lock():
            self.reads.value += 1
        return index


@pytest.mark.parametrize("library", [ours, theirs])
def test_how_far_the_sampler_runs_ahead(library):
    asked = []

    def sampler():
        for index in range(50):
            asked.append(index)
            yield index

    loader = library.DataLoader(Squares(50), 2, sampler=sampler(), num_workers=2, prefetch_factor=3)
    batches = iter(loader)
    counts = [len(asked)]
    for _ in range(3):
        next(batches)
        counts.append(len(asked))
    del batches
    assert counts == [12, 14, 16, 18]


def test_each_item_is_read_once_whatever_the_batch_size():
    for batch_size, workers in ((1, 0), (5, 0), (4, 2)):
        dataset = CountsReads(20)
        found = Counter()
        for batch in ours.DataLoader(dataset, batch_size, num_workers=workers, shuffle=True):
            found.update(batch.tolist())
        assert dataset.reads.value == 20
        assert found == Counter(range(20))
