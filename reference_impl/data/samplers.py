"""Samplers: objects that say which items come next, and in which order.

A sampler yields indices and never touches the data. The orders are those of `torch.utils.data`
for the same seed; [`ResumableSampler`][reference_impl.data.ResumableSampler] adds a position that
can be saved. The originals: [PyTorch, *torch.utils.data*](https://docs.pytorch.org/docs/stable/data.html).
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sized
from typing import Any

import torch


class SequentialSampler:
    """The indices 0, 1, 2, … in order.

    Args:
        data_source: anything with a length.

    >>> list(SequentialSampler("abcd"))
    [0, 1, 2, 3]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> "Iterator[int]":
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler:
    """The indices in random order, the order of `torch.utils.data.RandomSampler`.

    Args:
        data_source: anything with a length.
        replacement: draw each index independently, so that some come twice and some never.
        num_samples: how many to draw; by default as many as there are items.
        generator: where the randomness comes from. Without one, a seed is drawn from the global
            generator at the start of each pass.

    Raises:
        ValueError: there is nothing to draw from, or nothing to draw.

    >>> generator = torch.Generator().manual_seed(0)
    >>> sampler = RandomSampler("abcd", generator=generator)
    >>> list(sampler), list(sampler)
    ([0, 1, 3, 2], [3, 2, 0, 1])
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        if len(data_source) == 0:
            raise ValueError("cannot shuffle an empty dataset: expected at least 1 item, got 0")
        if num_samples is not None:
            require_positive("num_samples", num_samples)
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples = num_samples
        self.generator = generator

    # --8<-- [start:random_iter]
    def __iter__(self) -> "Iterator[int]":
        length, wanted = len(self.data_source), len(self)
        generator = self.generator or seeded(int(torch.empty((), dtype=torch.int64).random_()))
        if self.replacement:  # in blocks of 32: the order depends on how many are drawn at once
            for start in range(0, wanted, 32):
                size = (min(32, wanted - start),)
                yield from torch.randint(length, size, generator=generator).tolist()
        else:
            # One order more than full passes need, as PyTorch: else the next pass would differ.
            for start in range(0, wanted + 1, length):
                order = torch.randperm(length, generator=generator).tolist()
                yield from order[: wanted - start]

    # --8<-- [end:random_iter]

    def __len__(self) -> int:
        return len(self.data_source) if self.num_samples is None else self.num_samples


class BatchSampler:
    """Groups the indices of a sampler into lists.

    Args:
        sampler: yields indices.
        batch_size: how many indices make a batch.
        drop_last: leave out a last batch that is not full.

    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    >>> list(BatchSampler(range(5), batch_size=2, drop_last=True))
    [[0, 1], [2, 3]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        require_positive("batch_size", batch_size)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        if not isinstance(self.sampler, Sized):
            raise TypeError(f"expected a sampler with a length, got {type(self.sampler).__name__}")
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full if self.drop_last or rest == 0 else full + 1


class DistributedSampler:
    """One rank's share of the indices, equal to `torch.utils.data.DistributedSampler`.

    All ranks shuffle alike, with `seed + epoch`, and rank r takes the entries r, r + n, r + 2n, …
    of n replicas. So that all get the same number, the order is padded with its own beginning, or
    with `drop_last` its tail is cut.

    Args:
        dataset: anything with a length.
        num_replicas: the number of ranks.
        rank: which of them this is.
        shuffle: shuffle each epoch.
        seed: the same on all ranks.
        drop_last: cut the tail in place of padding.

    >>> [list(DistributedSampler(range(5), num_replicas=2, rank=rank)) for rank in (0, 1)]
    [[4, 1, 2], [0, 3, 4]]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int,
        rank: int,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        require_rank(rank, num_replicas)
        if len(dataset) == 0:
            raise ValueError("cannot share an empty dataset: expected at least 1 item, got 0")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0

    def __iter__(self) -> "Iterator[int]":
        order = epoch_order(len(self.dataset), self.seed + self.epoch, self.shuffle)
        return iter(shares(order, order, self.num_replicas, self.drop_last)[self.rank])

    def __len__(self) -> int:
        return share_size(len(self.dataset), self.num_replicas, self.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and with it the order. Call it before each pass, or all are alike."""
        self.epoch = epoch


class ResumableSampler:
    """Shuffled epochs over ranks, with a position that can be saved and restored.

    An epoch has the order of [`DistributedSampler`][reference_impl.data.DistributedSampler]: it
    follows from `seed + epoch` alone. So where you are is two small integers: `epoch`, and
    `consumed`, the number of entries of that order which *all ranks together* have used.

    The sampler cannot count for itself. A loader with workers asks for indices ahead of what you
    have trained on, and a checkpoint in between would skip the batches that were loaded and never
    used. So nothing moves when it is iterated: **you say what you have used**, with
    [`advance`][reference_impl.data.ResumableSampler.advance], after each step. Iterating gives
    what remains of the epoch, and `len` says how many that is on this rank.

    The loop, the same for a fresh start and a resumed one, with or without `drop_last`:

        for epoch in range(sampler.epoch, epochs):
            sampler.set_epoch(epoch)  # keeps the position if it is in this epoch already
            for batch in loader:  # DataLoader(dataset, batch_size=..., sampler=sampler)
                train(batch)
                sampler.advance(len(batch))  # then a checkpoint may hold sampler.state_dict()

    A state may be loaded with another number of ranks: what remains of the epoch is dealt out
    anew, so each item is still used once in it, apart from padding.

    Args:
        length: the number of items in the dataset.
        seed: the same on all ranks.
        rank: which rank this is.
        world_size: the number of ranks.
        shuffle: shuffle each epoch; otherwise in order.
        drop_last: cut a tail that does not divide among the ranks, in place of padding it with
            the beginning of the order.

    Raises:
        ValueError: `length` or `world_size` is not positive, or there is no such rank.

    >>> sampler = ResumableSampler(5, seed=0)
    >>> list(sampler)
    [4, 0, 1, 3, 2]
    >>> sampler.advance(2)
    >>> state = sampler.state_dict()
    >>> state["epoch"], state["consumed"]
    (0, 2)
    >>> resumed = ResumableSampler(5, seed=0)
    >>> resumed.load_state_dict(state)
    >>> list(resumed)
    [1, 3, 2]
    >>> resumed.advance(3)  # the epoch is used up: the next one begins
    >>> resumed.epoch, list(resumed)
    (1, [0, 4, 2, 3, 1])
    """

    def __init__(
        self,
        length: int,
        *,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        require_positive("length", length)
        require_rank(rank, world_size)
        self.length = length
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.epoch = 0
        self.consumed = 0
        if len(self) == 0:
            raise ValueError(
                f"drop_last leaves nothing: expected length >= world_size, "
                f"got length={length}, world_size={world_size}"
            )

    # --8<-- [start:resumable_iter]
    def __iter__(self) -> "Iterator[int]":
        order = epoch_order(self.length, self.seed + self.epoch, self.shuffle)
        rest = order[self.consumed :]
        return iter(shares(rest, order, self.world_size, self.drop_last)[self.rank])

    def __len__(self) -> int:
        return share_size(self.length - self.consumed, self.world_size, self.drop_last)

    # --8<-- [end:resumable_iter]

    # --8<-- [start:resumable_advance]
    def advance(self, count: int) -> None:
        """Say that this rank has used `count` more items, and so has every other rank.

        At the end of the epoch the next one begins.

        Args:
            count: the number of items in the batch just used.

        Raises:
            ValueError: the epoch has fewer items left.
        """
        require_positive("count", count)
        if count > len(self):
            raise ValueError(
                f"cannot advance by {count}: expected at most the {len(self)} items "
                f"that epoch {self.epoch} has left on this rank"
            )
        self.consumed += count * self.world_size
        if len(self) == 0:
            self.set_epoch(self.epoch + 1)

    def set_epoch(self, epoch: int) -> None:
        """Go to the start of an epoch; stay where you are if you are in it already."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.consumed = 0

    # --8<-- [end:resumable_advance]

    def state_dict(self) -> dict[str, Any]:
        """Return the position, and what it must be loaded into: the same on every rank."""
        return self._identity() | {"epoch": self.epoch, "consumed": self.consumed}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a saved position.

        Args:
            state: what `state_dict` returned, on any rank and for any number of ranks.

        Raises:
            ValueError: a key is missing, or the state belongs to another order: another length,
                seed or `shuffle`. The position is then unchanged.
        """
        expected = {*self._identity(), "epoch", "consumed"}
        if set(state) != expected:
            raise ValueError(f"state must have keys {sorted(expected)}, got {sorted(state)}")
        for key, value in self._identity().items():
            if state[key] != value:
                raise ValueError(
                    f"the state belongs to another order: expected {key}={value}, got {state[key]}"
                )
        if state["epoch"] < 0 or not 0 <= state["consumed"] <= self.length:
            raise ValueError(
                f"expected epoch >= 0 and consumed from 0 to {self.length}, "
                f"got epoch={state['epoch']}, consumed={state['consumed']}"
            )
        self.epoch, self.consumed = state["epoch"], state["consumed"]
        if len(self) == 0:  # a tail that these ranks cannot share
            self.set_epoch(self.epoch + 1)

    def _identity(self) -> dict[str, Any]:
        return {"length": self.length, "seed": self.seed, "shuffle": self.shuffle}


def seeded(seed: int) -> torch.Generator:
    """Return a new generator with this seed."""
    return torch.Generator().manual_seed(seed)


# --8<-- [start:shares]
def epoch_order(length: int, seed: int, shuffle: bool) -> list[int]:
    """Return the order of one epoch, before it is dealt out to ranks."""
    if not shuffle:
        return list(range(length))
    order: list[int] = torch.randperm(length, generator=seeded(seed)).tolist()
    return order


def shares(rest: list[int], order: list[int], ranks: int, drop_last: bool) -> list[list[int]]:
    """Deal `rest` out, one for each rank in turn; what is short comes from the start of `order`."""
    total = ranks * share_size(len(rest), ranks, drop_last)
    padding = itertools.islice(itertools.cycle(order), max(0, total - len(rest)))
    dealt = [*rest, *padding]
    return [dealt[rank:total:ranks] for rank in range(ranks)]


def share_size(length: int, ranks: int, drop_last: bool) -> int:
    """Return how many entries each rank gets."""
    return length // ranks if drop_last else math.ceil(length / ranks)


# --8<-- [end:shares]


def require_positive(name: str, value: int) -> None:
    """Raise unless `value` is an integer above 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} must be an integer above 0, got {value!r}")


def require_rank(rank: int, ranks: int) -> None:
    """Raise unless `rank` is one of that many ranks."""
    require_positive("the number of ranks", ranks)
    if not 0 <= rank < ranks:
        raise ValueError(f"rank must be from 0 to {ranks - 1}, got {rank}")
