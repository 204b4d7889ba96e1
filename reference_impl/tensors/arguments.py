"""Reading the arguments of tensor methods the way PyTorch reads them."""

from collections.abc import Iterable, Sequence
from operator import index as as_int
from types import EllipsisType
from typing import Any, TypeAlias

__all__ = ["Index", "checked_index", "sizes_of", "wrapped"]

Index: TypeAlias = int | slice | EllipsisType | None


def wrapped(dim: int, count: int) -> int:
    """Count a negative dimension from the end.

    Args:
        dim: The dimension asked for.
        count: How many there are.

    Raises:
        IndexError: There is no such dimension.

    >>> wrapped(-1, 3), wrapped(2, 3)
    (2, 2)
    """
    if not -count <= dim < count:
        raise IndexError(f"expected a dimension in [{-count}, {count - 1}], got {dim}")
    return dim % count


def sizes_of(name: str, given: Sequence[int | Sequence[int]]) -> tuple[int, ...]:
    """Read integers that were given one by one or as one sequence.

    Args:
        name: The method that was called, for the message.
        given: Its positional arguments.

    Raises:
        TypeError: No argument, or something that is not an integer.

    >>> sizes_of("view", (2, 3)), sizes_of("view", ([2, 3],))
    ((2, 3), (2, 3))
    """
    if not given:
        raise TypeError(f"{name}() expected integers or one sequence of them, got nothing")
    sizes: Iterable[Any] = given
    if len(given) == 1 and isinstance(given[0], Iterable):
        sizes = given[0]
    try:
        return tuple(map(as_int, sizes))
    except TypeError:
        raise TypeError(f"{name}() expected integers, got {tuple(sizes)}") from None


def checked_index(index: Index | tuple[Index, ...], dim: int) -> tuple[Index, ...]:
    """Return an index as a tuple, if it is one that a view can answer.

    Args:
        index: What stood between the brackets.
        dim: How many dimensions the tensor has.

    Raises:
        IndexError: An index of another kind, too many of them, or a second `...` (which PyTorch
            lets pass, with surprises, and NumPy refuses).

    >>> checked_index(2, dim=3)
    (2,)
    """
    items = index if isinstance(index, tuple) else (index,)
    for item in items:
        if isinstance(item, bool) or not isinstance(item, Index):
            raise IndexError(
                "expected integers, slices, None or ..., which make views, "
                f"got {type(item).__name__}: indexing by it would copy"
            )
    used = sum(item is not None and item is not ... for item in items)
    if used > dim:
        raise IndexError(f"expected at most {dim} indices, got {used}")
    if sum(item is ... for item in items) > 1:
        raise IndexError(f"expected at most one ..., got {items}")
    return items
