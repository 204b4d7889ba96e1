"""A `DataLoader`: asks a sampler for indices, a dataset for items, and makes batches of them.

For the same seed it gives the batches of `torch.utils.data.DataLoader`, in the same order, with
the same seeds in the workers. It asks `__getitem__` once an item or `__getitems__` once a batch.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
import torch.multiprocessing
from torch.utils.data import IterableDataset

from reference_impl.data.collate import default_collate, default_convert
from reference_impl.data.samplers import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
)
from reference_impl.data.workers import Exhausted, Job, WorkerPass, as_error

Collate = Callable[[Any], Any]


class DataLoader:
    """Batches from a dataset, as `torch.utils.data.DataLoader` gives them.

    A *map-style* dataset has `__getitem__`: a sampler decides which items come, and each batch is
    fetched with `__getitems__(indices)` where there is one, else with one `__getitem__` an item.
    An *iterable-style* dataset has only `__iter__` (or is a `torch.utils.data.IterableDataset`):
    it decides itself, and every worker runs its own copy from the start.

    Args:
        dataset: where items come from.
        batch_size: items in a batch; `None` gives single items, without a batch dimension.
        shuffle: random order. Iterable-style datasets shuffle themselves.
        sampler: yields indices, in place of `shuffle`.
        batch_sampler: yields lists of indices, in place of all of these.
        num_workers: processes that fetch and collate ahead of need; 0 fetches in this process.
        collate_fn: makes a batch of a list of items.
        drop_last: leave out a last batch that is not full.
        generator: where the order and the workers' base seed come from; by default the global one.
        worker_init_fn: called in each worker, with its number, before it reads anything.
        prefetch_factor: batches that each worker reads ahead; 2 by default.
        multiprocessing_context: `"fork"`, `"spawn"` or `"forkserver"`; by default the platform's.

    Raises:
        ValueError: options that contradict each other, or an empty dataset to be shuffled.

    >>> loader = DataLoader(range(7), batch_size=3)
    >>> list(loader)
    [tensor([0, 1, 2]), tensor([3, 4, 5]), tensor([6])]
    >>> shuffled = DataLoader(range(7), 3, shuffle=True, generator=torch.Generator().manual_seed(0))
    >>> list(shuffled)
    [tensor([0, 1, 5]), tensor([6, 2, 3]), tensor([4])]
    """

    def __init__(
        self,
        dataset: Any,  # noqa: ANN401 - map-style or iterable-style, of any item
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Collate | None = None,
        drop_last: bool = False,
        *,
        generator: torch.Generator | None = None,
        worker_init_fn: Callable[[int], None] | None = None,
        prefetch_factor: int | None = None,
        multiprocessing_context: str | None = None,
    ) -> None:
        self.iterable = isinstance(dataset, IterableDataset) or not hasattr(dataset, "__getitem__")
        if self.iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "an iterable-style dataset decides its own order: expected no shuffle, sampler "
                "or batch_sampler; give the dataset __getitem__ and __len__ to use them"
            )
        check_options(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if num_workers < 0:
            raise ValueError(f"num_workers must be 0 or more, got {num_workers}")
        if prefetch_factor is not None and (num_workers == 0 or prefetch_factor < 1):
            raise ValueError(
                "prefetch_factor must be 1 or more and needs num_workers > 0, "
                f"got prefetch_factor={prefetch_factor}, num_workers={num_workers}"
            )
        if sampler is None and not self.iterable:
            sampler = (
                RandomSampler(dataset, generator=generator)
                if shuffle
                else SequentialSampler(dataset)
            )
        if batch_sampler is None and batch_size is not None:
            counts: Iterable[Any] = itertools.repeat(None) if sampler is None else sampler
            batch_sampler = BatchSampler(counts, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn or (
            default_convert if batch_sampler is None else default_collate
        )
        self.drop_last = drop_last
        self.generator = generator
        self.worker_init_fn = worker_init_fn
        self.prefetch_factor = prefetch_factor or 2
        self.multiprocessing_context = multiprocessing_context

    # --8<-- [start:loader_iter]
    def __iter__(self) -> "MainPass | WorkerPass":
        """Start a pass: draw the workers' base seed, then the order as it is needed."""
        tasks = iter(self._tasks())
        base_seed = int(torch.empty((), dtype=torch.int64).random_(generator=self.generator))
        if self.num_workers == 0:
            return MainPass(self._make_fetch(self.dataset), tasks)
        job = Job(self.dataset, self._make_fetch, base_seed, self.num_workers, self.worker_init_fn)
        context = torch.multiprocessing.get_context(self.multiprocessing_context)
        return WorkerPass(job, tasks, self.prefetch_factor, context)

    # --8<-- [end:loader_iter]

    def _tasks(self) -> Iterable[Any]:
        if self.batch_sampler is not None:
            return self.batch_sampler
        return itertools.repeat(None) if self.sampler is None else self.sampler

    @property
    def _make_fetch(self) -> "MakeFetch":
        batched = self.batch_sampler is not None
        return MakeFetch(self.iterable, batched, self.drop_last, self.collate_fn)

    def __len__(self) -> int:
        """Return the number of batches of a pass, if the dataset has a length."""
        if not self.iterable:
            return len(self._tasks())  # type: ignore[arg-type]  # a sampler without a length says so itself
        length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


def check_options(
    batch_size: int | None, shuffle: bool, sampler: object, batch_sampler: object, drop_last: bool
) -> None:
    """Raise where two options say different things."""
    if sampler is not None and shuffle:
        raise ValueError("expected either sampler or shuffle, got both")
    if batch_sampler is not None and (
        batch_size != 1 or shuffle or sampler is not None or drop_last
    ):
        raise ValueError(
            "a batch_sampler decides everything: expected no batch_size, shuffle, sampler or "
            f"drop_last, got batch_size={batch_size}, shuffle={shuffle}, drop_last={drop_last}"
        )
    if batch_size is None and drop_last:
        raise ValueError("drop_last needs batches: expected a batch_size, got None")


class MainPass:
    """One pass without workers: each batch is fetched when it is asked for.

    Args:
        fetch: turns indices into a batch.
        tasks: the indices of each batch, in order.
    """

    def __init__(self, fetch: Callable[[Any], Any], tasks: Iterator[Any]) -> None:
        self.fetch = fetch
        self.tasks = tasks

    def __iter__(self) -> "MainPass":
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - whatever the collate function returns
        task = next(self.tasks)
        try:
            return self.fetch(task)
        except Exhausted:
            raise StopIteration from None
        except StopIteration as error:
            raise as_error(error) from error

    def close(self) -> None:
        """End the pass."""
        self.tasks = iter(())


class MakeFetch:
    """Makes the function that turns the indices of a batch into the batch, in the right process.

    Args:
        iterable: the dataset is iterable-style.
        batched: a task is a list of indices, not one.
        drop_last: a last batch that is not full is left out.
        collate_fn: makes a batch of items.
    """

    def __init__(self, iterable: bool, batched: bool, drop_last: bool, collate_fn: Collate) -> None:
        self.iterable = iterable
        self.batched = batched
        self.drop_last = drop_last
        self.collate_fn = collate_fn

    def __call__(self, dataset: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - map-style or iterable-style
        """Return the function, for this copy of the dataset."""
        if not self.iterable:
            return lambda indices: self.fetch_map(dataset, indices)
        items = iter(dataset)
        return lambda indices: self.fetch_iterable(items, indices)

    # --8<-- [start:fetch_map]
    def fetch_map(self, dataset: "Any", indices: "Any") -> "Any":  # noqa: ANN401 - any dataset, any items
        """Fetch from a map-style dataset: all at once if it can, else one at a time."""
        if not self.batched:
            return self.collate_fn(dataset[indices])
        if not getattr(dataset, "__getitems__", None):
            return self.collate_fn([dataset[index] for index in indices])
        items = dataset.__getitems__(indices)
        if len(items) != len(indices):
            raise ValueError(f"__getitems__ must return {len(indices)} items, got {len(items)}")
        return self.collate_fn(items)

    # --8<-- [end:fetch_map]

    # --8<-- [start:fetch_iterable]
    def fetch_iterable(self, items: "Any", indices: "Any") -> "Any":  # noqa: ANN401 - any iterator, any items
        """Fetch from an iterable-style dataset: the indices only say how many."""
        if not self.batched:
            for item in items:
                return self.collate_fn(item)
            raise Exhausted
        batch = list(itertools.islice(items, len(indices)))
        if not batch or (self.drop_last and len(batch) < len(indices)):
            raise Exhausted
        return self.collate_fn(batch)

    # --8<-- [end:fetch_iterable]
