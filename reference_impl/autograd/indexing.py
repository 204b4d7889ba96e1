"""What stands between square brackets, taken apart."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Index(NamedTuple):
    """An index in two steps, as PyTorch takes it.

    Attributes:
        basic: integers, slices and `None`: the first step, which gives a view.
        axes: the axes of that view that arrays index: the second step, which copies.
        rows: the integer arrays, broadcast against each other and stacked, one row for each axis.
    """

    basic: tuple[Any, ...]
    axes: tuple[int, ...]
    rows: npt.NDArray[np.intp] | None


def split_index(index: Any, shape: tuple[int, ...]) -> Index:  # noqa: ANN401 - Python allows anything
    """Take an index apart into a basic step and an array step.

    An integer belongs to the first step even beside arrays. In this PyTorch differs from NumPy:
    `x[0, :, [1, 2]]` of shape `(2, 3, 4)` is `(3, 2)` here, `(2, 3)` in NumPy.

    Args:
        index: what stands between the brackets: integers, slices, `None`, `...`, and integer or
            boolean arrays, lists or tensors.
        shape: the shape of the tensor that is indexed.

    Raises:
        IndexError: too many indices, one out of range, or one of another kind.
        ValueError: a slice with a step below 1.

    >>> split_index((0, slice(None), [1, 2]), (2, 3, 4))
    Index(basic=(0, slice(None, None, None), slice(None, None, None)), axes=(1,), rows=array([[1, 2]]))
    """
    items = [_tidy(item) for item in (index if isinstance(index, tuple) else (index,))]
    basic: list[Any] = []
    axes: list[int] = []
    arrays: list[npt.NDArray[np.intp]] = []
    source = axis = 0  # where we are in the tensor, and in the view that the first step gives
    for item in _without_ellipsis(items, len(shape)):
        if isinstance(item, np.ndarray):
            for array in _positions(item, shape, source):
                axes.append(axis)
                arrays.append(array)
                basic.append(slice(None))
                source, axis = source + 1, axis + 1
        else:
            if isinstance(item, slice) and item.step is not None and item.step < 1:
                raise ValueError(f"step must be greater than zero, got {item.step}")
            basic.append(item)
            source += item is not None
            axis += not isinstance(item, int)
    try:
        rows = np.stack(np.broadcast_arrays(*arrays)) if arrays else None
    except ValueError:
        shapes = [list(array.shape) for array in arrays]
        raise IndexError(f"indexing arrays could not be broadcast together: {shapes}") from None
    return Index(tuple(basic), tuple(axes), rows)


def full_index(axes: Sequence[int], rows: npt.NDArray[np.intp]) -> tuple[Any, ...]:
    """Return the index that the arrays of the second step stand for.

    >>> full_index((1,), np.array([[1, 2]]))
    (slice(None, None, None), array([1, 2]))
    """
    index: list[Any] = [slice(None)] * (max(axes) + 1)
    for axis, row in zip(axes, rows, strict=True):
        index[axis] = row
    return tuple(index)


def _tidy(item: Any) -> Any:  # noqa: ANN401 - Python allows anything between brackets
    item = getattr(item, "data", item) if hasattr(item, "grad_fn") else item
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    array = np.asarray(item)
    if array.size == 0 and isinstance(item, list):
        array = array.astype(np.intp)
    if array.ndim == 0 and array.dtype.kind in "iu":
        return int(array)
    if array.ndim == 0 or array.dtype.kind not in "iub":
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays of "
            f"one dimension or more are valid indices, got {item!r}"
        )
    return array


def _without_ellipsis(items: list[Any], ndim: int) -> list[Any]:
    used = sum(
        item.ndim if isinstance(item, np.ndarray) and item.dtype == bool else 1
        for item in items
        if item is not None and item is not Ellipsis
    )
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}, got {used}")
    places = [i for i, item in enumerate(items) if item is Ellipsis] or [len(items)]
    if len(places) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    fill = [slice(None)] * (ndim - used)
    return items[: places[0]] + fill + items[places[0] + 1 :]


def _positions(
    array: npt.NDArray[Any], shape: tuple[int, ...], source: int
) -> tuple[npt.NDArray[np.intp], ...]:
    if array.dtype == bool:
        if array.shape != shape[source : source + array.ndim]:
            raise IndexError(
                f"The shape of the mask {list(array.shape)} at index {source} does not match the "
                f"shape of the indexed tensor {list(shape)}"
            )
        return array.nonzero()
    size = shape[source]
    if array.size and not (-size <= array.min() and array.max() < size):
        raise IndexError(f"index {array.tolist()} is out of bounds for dimension of size {size}")
    return (array.astype(np.intp),)
