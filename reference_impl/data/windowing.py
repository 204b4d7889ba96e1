"""One long text as several rows that overlap, and the way back from the rows to the text.

Two words name the same thing from two sides. The *overlap* is how many tokens a window shares with
the one before it, the *step* how far it starts after it; together they are the window's capacity.
Hugging Face's tokenizers call the overlap `stride`, where a convolution calls the step by that name.
A text is cut here as they cut it: a window every step, until one reaches the end of the text; the
last one may be short. Which window answers for a token follows Google's BERT,
[`_check_is_max_context` in `run_squad.py`](https://github.com/google-research/bert/blob/master/run_squad.py):
the one in which the token has most context on its poorer side.
"""

# --8<-- [start:windows_imports]
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int64, Integer, Shaped
from torch import Tensor

# --8<-- [end:windows_imports]

__all__ = ["Windows", "window_spans", "windows"]

Tokens = Integer[Tensor, " tokens"]
Slots = Integer[Tensor, "_slots"]  # the underscore: each row has its own number
Places = Int64[Tensor, "_slots"]
Owners = Int64[Tensor, " tokens"]
PerSlot = Shaped[Tensor, "_slots *rest"]
PerToken = Shaped[Tensor, "tokens *rest"]


# --8<-- [start:window_spans]
def window_spans(length: int, capacity: int, overlap: int) -> list[tuple[int, int]]:
    """Return where each window over a text starts and stops.

    Args:
        length: How many tokens the text has.
        capacity: How many of them fit into a window.
        overlap: How many a window shares with the one before it.

    Returns:
        Pairs (start, stop): a window every `capacity - overlap` tokens, until one reaches the end.

    Raises:
        ValueError: A negative number, or an overlap that leaves no step.

    >>> window_spans(length=10, capacity=5, overlap=2)
    [(0, 5), (3, 8), (6, 10)]
    """
    if length < 0:
        raise ValueError(f"expected a length of at least 0, got {length}")
    if not 0 <= overlap < capacity:
        raise ValueError(
            f"expected an overlap from 0 to less than the capacity of {capacity}, got {overlap}"
        )
    last = max(length - overlap, 1)  # a window that starts later would hold nothing new
    return [(start, min(start + capacity, length)) for start in range(0, last, capacity - overlap)]


# --8<-- [end:window_spans]


@dataclass(frozen=True)
class Windows:
    """The rows that one text became, with the way back.

    Attributes:
        ids: One row of token ids for each window, special tokens included. They are not padded:
            rows of one length are the business of `pad_batch`.
        places: For each row the place in the text of each of its slots, -1 for a special token.
        length: How many tokens the text has.

    >>> rows = windows(torch.arange(10), size=5, overlap=2)
    >>> rows.starts, rows.owners().tolist()
    ([0, 3, 6], [0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    """

    ids: "list[Slots]"
    places: "list[Places]"
    length: int

    @property
    def starts(self) -> list[int]:
        """The place in the text of each row's first token."""
        return [int(places[places >= 0][0]) if self.length else 0 for places in self.places]

    # --8<-- [start:owners]
    def owners(self) -> "Owners":
        """Return for each token of the text the row that answers for it.

        It is the row in which the token has most context on the side where it has less; of equal
        ones the earlier.

        >>> windows(torch.arange(7), size=5, overlap=3).owners().tolist()
        [0, 0, 0, 0, 1, 1, 1]
        """
        best = torch.full((self.length,), -1)
        owner = torch.zeros(self.length, dtype=torch.int64)
        for row, places in enumerate(self.places):
            inside = places[places >= 0]
            left = torch.arange(len(inside))
            context = torch.minimum(left, left.flip(0))
            better = context > best[inside]
            best[inside[better]] = context[better]
            owner[inside[better]] = row
        return owner

    # --8<-- [end:owners]

    def merge(self, values: "Sequence[PerSlot]") -> "PerToken":
        """Return one value for each token of the text: the one from the row that owns it.

        Args:
            values: For each row a tensor with a value for each slot, such as its logits. What is
                longer than the row is padding on the right, and ignored.

        Returns:
            A tensor of shape (length, ...), in the order of the text.

        Raises:
            ValueError: Not as many tensors as rows, or one with fewer values than its row has slots.

        >>> rows = windows(torch.tensor([5, 6, 7, 8]), size=4, overlap=1, prefix=[0])
        >>> rows.merge([ids * 10 for ids in rows.ids]).tolist()
        [50, 60, 70, 80]
        """
        if len(values) != len(self.ids):
            raise ValueError(f"expected values for {len(self.ids)} rows, got {len(values)}")
        owner = self.owners()
        merged = values[0].new_empty((self.length, *values[0].shape[1:]))
        for row, (places, value) in enumerate(zip(self.places, values, strict=True)):
            if len(value) < len(places):
                raise ValueError(f"expected {len(places)} values for row {row}, got {len(value)}")
            mine = (places >= 0) & (owner[places] == row if self.length else False)
            merged[places[mine]] = value[: len(places)][mine]
        return merged


# --8<-- [start:windows]
def windows(
    ids: "Tokens",
    size: int,
    overlap: int = 0,
    prefix: Sequence[int] = (),
    suffix: Sequence[int] = (),
) -> "Windows":
    """Cut a text into rows of at most `size` tokens that overlap.

    Args:
        ids: The tokens of the text, without special tokens.
        size: The length of a row, special tokens included: what the model takes.
        overlap: How many tokens of text a row shares with the one before it. Hugging Face calls
            this `stride`.
        prefix: Special tokens that start each row, such as [CLS].
        suffix: Special tokens that end each row, such as [SEP].

    Returns:
        The rows and their places. A text that fits gives one row, an empty text one row of special
        tokens.

    Raises:
        ValueError: The special tokens leave no room, or the overlap leaves no step.

    >>> rows = windows(torch.arange(10, 17), size=6, overlap=1, prefix=[1], suffix=[2])
    >>> [row.tolist() for row in rows.ids]
    [[1, 10, 11, 12, 13, 2], [1, 13, 14, 15, 16, 2]]
    >>> rows.places[1].tolist()
    [-1, 3, 4, 5, 6, -1]
    """
    capacity = size - len(prefix) - len(suffix)
    if capacity < 1:
        raise ValueError(
            f"expected a size above the {len(prefix) + len(suffix)} special tokens, got {size}"
        )
    rows, places = [], []
    for start, stop in window_spans(len(ids), capacity, overlap):
        head, tail = ids.new_tensor(list(prefix)), ids.new_tensor(list(suffix))
        rows.append(torch.cat([head, ids[start:stop], tail]))
        inside = torch.arange(start, stop)
        before, after = torch.full((len(prefix),), -1), torch.full((len(suffix),), -1)
        places.append(torch.cat([before, inside, after]))
    return Windows(rows, places, len(ids))


# --8<-- [end:windows]
