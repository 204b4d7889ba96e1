"""Rows of different lengths as one rectangle, and a mask that says which places are real.

The result is that of [`torch.nn.utils.rnn.pad_sequence`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html)
with `batch_first=True`, and the mask that it leaves to you.
"""

# --8<-- [start:padding_imports]
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

# --8<-- [end:padding_imports]

__all__ = ["Padded", "pad_batch"]

Row = Shaped[Tensor, "_length"]  # the underscore: each row has its own
Rectangle = Shaped[Tensor, "rows longest"]
Mask = Bool[Tensor, "rows longest"]


class Padded(NamedTuple):
    """A batch of rows that were padded to one length.

    Attributes:
        ids: The rows, of shape (rows, longest).
        mask: True where a place is real, of shape (rows, longest). Hugging Face's
            `attention_mask` is the same with 1 and 0.

    >>> Padded(torch.tensor([[7, 0]]), torch.tensor([[True, False]])).mask.sum().item()
    1
    """

    ids: Rectangle
    mask: Mask


# --8<-- [start:pad_batch]
def pad_batch(
    rows: "Sequence[Row]", value: int = 0, side: str = "right", multiple_of: int = 1
) -> "Padded":
    """Pad rows to the longest of them, and mark what is real.

    Args:
        rows: One-dimensional tensors of one dtype, at least one.
        value: What the padding is filled with.
        side: Where the padding stands, "right" or "left". Generation wants it on the left, so
            that the last place of each row is its last token.
        multiple_of: The width is rounded up to a multiple of this.

    Returns:
        The rectangle and its mask.

    Raises:
        ValueError: No rows, an unknown side, a multiple below 1, a row of other dimensions, or a
            value that the dtype of the rows cannot hold.
        TypeError: Rows of different dtypes.

    >>> batch = pad_batch([torch.tensor([1, 2, 3]), torch.tensor([4])])
    >>> batch.ids.tolist()
    [[1, 2, 3], [4, 0, 0]]
    >>> batch.mask.sum(1).tolist()
    [3, 1]
    """
    check_rows(rows, value, side, multiple_of)
    lengths = torch.tensor([len(row) for row in rows])
    width = -(-int(lengths.max()) // multiple_of) * multiple_of
    mask = torch.arange(width) < lengths[:, None]
    if side == "left":
        mask = mask.flip(1)
    index = torch.full_like(mask, -1, dtype=torch.int64)  # the last token, which is the padding
    index[mask] = torch.arange(int(lengths.sum()))
    tokens = torch.cat([*rows, rows[0].new_tensor([value])])
    ids = tokens[index.to(tokens.device)]  # a gather: uint16 can be read like this, not written
    return Padded(ids, mask.to(ids.device))


# --8<-- [end:pad_batch]


def check_rows(rows: "Sequence[Tensor]", value: int, side: str, multiple_of: int) -> None:
    """Raise for arguments that `pad_batch` can't work with."""
    if not rows:
        raise ValueError("expected at least one row, got none: an empty batch has no width")
    if side not in {"right", "left"}:
        raise ValueError(f"expected side 'right' or 'left', got {side!r}")
    if multiple_of < 1:
        raise ValueError(f"expected multiple_of of at least 1, got {multiple_of}")
    for number, row in enumerate(rows):
        if row.dim() != 1:
            raise ValueError(
                f"expected rows of one dimension, got row {number} of shape {tuple(row.shape)}"
            )
        if row.dtype != rows[0].dtype:
            raise TypeError(
                f"expected rows of one dtype, got {rows[0].dtype} in row 0 "
                f"and {row.dtype} in row {number}"
            )
    held = torch.tensor(value).to(rows[0].dtype)
    if not held.is_floating_point() and held.item() != value:
        raise ValueError(
            f"expected a value that {held.dtype} can hold, got {value}: it would become {held.item()}"
        )
