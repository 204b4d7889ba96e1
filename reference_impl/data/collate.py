"""Collating: a list of items becomes one batch.

The results are those of `torch.utils.data.default_collate`; what cannot be stacked is refused
with the place and the shapes.
"""

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

# --8<-- [start:default_collate]


def default_collate(batch: Sequence[Any], where: str = "") -> Any:  # noqa: ANN401 - the structure of the items
    """Stack items into a batch, as `torch.utils.data.default_collate` does.

    Tensors, arrays and numbers gain a first dimension, the batch. Strings stay a list. Mappings,
    named tuples and sequences are taken apart, and each of their parts is collated.

    Args:
        batch: the items, all of one structure.
        where: the place within an item, for messages; callers leave it out.

    Raises:
        RuntimeError: tensors of different shapes, or sequences of different lengths.
        KeyError: mappings with different keys.
        TypeError: a type that has no batch form.
        ValueError: there are no items.

    >>> default_collate([{"ids": torch.tensor([1, 2]), "label": 0}, {"ids": torch.tensor([3, 4]), "label": 1}])
    {'ids': tensor([[1, 2],
            [3, 4]]), 'label': tensor([0, 1])}
    >>> default_collate([{"ids": torch.tensor([1, 2])}, {"ids": torch.tensor([3])}])
    Traceback (most recent call last):
        ...
    RuntimeError: cannot stack tensors of different shapes at item['ids']: (2,) in item 0, (1,) in item 1; pad them to one shape in a collate_fn
    """
    if len(batch) == 0:
        raise ValueError("cannot collate an empty batch: expected at least 1 item, got 0")
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch, where)
    if isinstance(first, np.ndarray | np.number | np.bool_):
        return stack([torch.as_tensor(item) for item in batch], where)
    if isinstance(first, float):
        return torch.tensor(batch, dtype=torch.float64)
    if isinstance(first, int):
        return torch.tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return collate_mappings(batch, where)
    if isinstance(first, Sequence):
        return collate_sequences(batch, where)
    raise TypeError(
        "default_collate: expected tensors, NumPy arrays, numbers, strings, mappings or "
        f"sequences, got {type(first).__name__} at item{where}"
    )


def stack(tensors: Sequence[Tensor], where: str) -> Tensor:
    """Stack tensors of one shape along a new first dimension."""
    for index, tensor in enumerate(tensors):
        if tensor.shape != tensors[0].shape:
            raise RuntimeError(
                f"cannot stack tensors of different shapes at item{where}: "
                f"{tuple(tensors[0].shape)} in item 0, {tuple(tensor.shape)} in item {index}; "
                "pad them to one shape in a collate_fn"
            )
    return torch.stack(tuple(tensors))


# --8<-- [end:default_collate]


def collate_mappings(batch: Sequence[Any], where: str) -> Any:  # noqa: ANN401 - the mapping's own type
    """Collate the values of each key."""
    first = batch[0]
    for index, item in enumerate(batch):
        if set(item) != set(first):
            raise KeyError(
                f"items must have the same keys at item{where}: expected {sorted(map(str, first))} "
                f"as in item 0, got {sorted(map(str, item))} in item {index}"
            )
    values = {
        key: default_collate([item[key] for item in batch], f"{where}[{key!r}]") for key in first
    }
    return remake_mapping(first, values)


def collate_sequences(batch: Sequence[Any], where: str) -> Any:  # noqa: ANN401 - the sequence's own type
    """Collate the first elements, the second elements, and so on. A tuple becomes a list."""
    first = batch[0]
    for index, item in enumerate(batch):
        if len(item) != len(first):
            raise RuntimeError(
                f"sequences must have equal lengths at item{where}: "
                f"{len(first)} in item 0, {len(item)} in item {index}"
            )
    columns = [
        default_collate(column, f"{where}[{position}]")
        for position, column in enumerate(zip(*batch, strict=True))
    ]
    return remake_sequence(first, columns)


def remake_mapping(first: Any, values: dict[Any, Any]) -> Any:  # noqa: ANN401 - the mapping's own type
    """Return a mapping of the type of `first`."""
    if isinstance(first, MutableMapping):
        clone = copy.copy(first)  # keeps other attributes too
        clone.update(values)
        return clone
    return type(first)(values)


def remake_sequence(first: Any, parts: list[Any]) -> Any:  # noqa: ANN401 - the sequence's own type
    """Return a sequence of the type of `first`, but a list for a plain tuple, as PyTorch does."""
    if isinstance(first, tuple):
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    if isinstance(first, MutableSequence):
        clone = copy.copy(first)  # keeps other attributes too
        for position, part in enumerate(parts):
            clone[position] = part
        return clone
    try:
        return type(first)(parts)
    except TypeError:  # a range, for one, cannot be made of a list
        return parts


def default_convert(item: Any) -> Any:  # noqa: ANN401 - the structure of the item
    """Turn the NumPy parts of one item into tensors; used where there is no batching.

    >>> import numpy as np
    >>> default_convert({"a": np.array([1, 2]), "b": 3})
    {'a': tensor([1, 2]), 'b': 3}
    """
    if isinstance(item, np.ndarray | np.number | np.bool_):
        return torch.as_tensor(item) if np.asarray(item).dtype.kind in "biufc" else item
    if isinstance(item, Mapping):
        return remake_mapping(item, {key: default_convert(value) for key, value in item.items()})
    if isinstance(item, Sequence) and not isinstance(item, str | bytes):
        return remake_sequence(item, [default_convert(value) for value in item])
    return item
