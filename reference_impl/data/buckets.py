"""Batches whose rows have similar lengths, so that little of them is padding.

`BucketBatchSampler` goes into a DataLoader as `batch_sampler=`. Rows are sorted by length once and cut
into buckets; each epoch shuffles inside every bucket, cuts it into batches, and shuffles the batches.
"""

# --8<-- [start:buckets_imports]
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

# --8<-- [end:buckets_imports]

__all__ = ["BucketBatchSampler", "padded_fraction", "token_budget_batches"]


# --8<-- [start:token_budget_batches]
def token_budget_batches(
    lengths: Sequence[int], budget: int, order: Sequence[int] | None = None
) -> list[list[int]]:
    """Fill each batch with rows until one more would exceed the budget, padding counted.

    Args:
        lengths: The length of each row.
        budget: The most places, rows times longest row, that a batch may have.
        order: The indices of the rows in the order they are taken; by default as they stand.

    Returns:
        The indices of the rows in each batch.

    Raises:
        ValueError: A row that is longer than the budget.

    >>> token_budget_batches([3, 4, 2, 8, 1], budget=8)
    [[0, 1], [2], [3], [4]]
    """
    batches: list[list[int]] = []
    longest = 0
    for index in range(len(lengths)) if order is None else order:
        if lengths[index] > budget:
            raise ValueError(
                f"expected rows of at most {budget} tokens, the budget, "
                f"got {lengths[index]} in row {index}"
            )
        longest = max(longest, lengths[index])
        if not batches or (len(batches[-1]) + 1) * longest > budget:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return batches


# --8<-- [end:token_budget_batches]


# --8<-- [start:padded_fraction]
def padded_fraction(
    lengths: Sequence[int], batches: Sequence[Sequence[int]], power: int = 1
) -> float:
    """Return which part of the work on these batches is spent on padding.

    Args:
        lengths: The length of each row.
        batches: The indices of the rows in each batch. Each is padded to its longest row.
        power: How work grows with the length of a row: 1 counts tokens, which is what linear
            layers see, 2 counts pairs of tokens, which is what attention sees.

    Returns:
        A number from 0, no padding, to 1.

    >>> padded_fraction([2, 4], [[0, 1]]), padded_fraction([2, 4], [[0, 1]], power=2)
    (0.25, 0.375)
    """
    real = sum(lengths[index] ** power for batch in batches for index in batch)
    done = sum(len(batch) * max(lengths[index] for index in batch) ** power for batch in batches)
    return 1 - real / done if done else 0.0


# --8<-- [end:padded_fraction]


class BucketBatchSampler(Sampler[list[int]]):
    """Draws batches of rows of similar length, in another order each epoch.

    Args:
        lengths: The length of each row of the dataset.
        batch_size: How many rows a batch has; the last one of each bucket may have fewer.
        budget: Instead of `batch_size`: the most places a batch may have, padding counted.
        buckets: Into how many parts of equal count the rows, sorted by length, are cut. With 1
            all rows are shuffled together; with one for each batch the lengths are as even as
            they get, and each epoch draws nearly the same batches.
        seed: Chooses the order, together with the epoch.

    Raises:
        ValueError: Both or none of `batch_size` and `budget`, one of the numbers below 1, or a
            row that is longer than the budget.

    >>> sampler = BucketBatchSampler([1, 9, 2, 8, 1, 9], batch_size=3, buckets=2)
    >>> sorted(sorted(batch) for batch in sampler)
    [[0, 2, 4], [1, 3, 5]]
    """

    def __init__(
        self,
        lengths: Sequence[int],
        *,
        batch_size: int | None = None,
        budget: int | None = None,
        buckets: int = 8,
        seed: int = 0,
    ) -> None:
        if (batch_size is None) == (budget is None):
            raise ValueError(f"expected batch_size or budget, got {batch_size} and {budget}")
        for name, number in (("batch_size", batch_size), ("budget", budget), ("buckets", buckets)):
            if number is not None and number < 1:
                raise ValueError(f"expected {name} of at least 1, got {number}")
        if budget is not None:
            token_budget_batches(lengths, budget)  # a row that is too long is an error now
        self.lengths = list(lengths)
        self.batch_size, self.budget = batch_size, budget
        self.buckets, self.seed, self.epoch = buckets, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, as with `DistributedSampler`.

        Args:
            epoch: Its number.
        """
        self.epoch = epoch

    # --8<-- [start:batches]
    def batches(self) -> list[list[int]]:
        """Return the batches of the present epoch."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        by_length = torch.tensor(self.lengths, dtype=torch.int64).argsort(stable=True)
        batches = []
        for bucket in by_length.tensor_split(self.buckets):
            order = bucket[torch.randperm(len(bucket), generator=generator)].tolist()
            batches += self.cut(order)
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]

    # --8<-- [end:batches]

    def cut(self, order: list[int]) -> list[list[int]]:
        """Cut the rows of a bucket, in their order, into batches."""
        if self.budget is not None:
            return token_budget_batches(self.lengths, self.budget, order)
        size = self.batch_size or 1
        return [order[i : i + size] for i in range(0, len(order), size)]

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.batches())

    def __len__(self) -> int:
        return len(self.batches())
