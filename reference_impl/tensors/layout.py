"""What a tensor is before anything is done to it: a storage, and how to read it."""

from collections.abc import Sequence
from math import prod
from operator import index as as_int
from typing import Any, TypeAlias

from reference_impl.tensors import geometry

__all__ = ["Number", "Strided"]

Number: TypeAlias = int | float


class Strided:
    """A flat list of numbers with a shape, strides and an offset to read it by.

    Element `(i, j, …)` is `storage[offset + i * strides[0] + j * strides[1] + …]`.

    Args:
        storage: The numbers. The list is kept, not copied.
        shape: The sizes, each at least 0.
        strides: For each dimension, how far in storage its next index lies, in elements.
        offset: The place in storage of the element whose indices are all 0.

    Raises:
        RuntimeError: Sizes and strides of different lengths, a negative number among them, or an
            element that would lie outside the storage.

    >>> x = Strided([0, 1, 2, 3, 4, 5], shape=(3, 2), strides=(1, 3))
    >>> x.tolist(), x.positions(), x.is_contiguous()
    ([[0, 3], [1, 4], [2, 5]], [0, 3, 1, 4, 2, 5], False)
    """

    def __init__(
        self,
        storage: list[Number],
        shape: Sequence[int],
        strides: Sequence[int],
        offset: int = 0,
    ) -> None:
        self.storage = storage
        self.shape = tuple(map(as_int, shape))
        self.strides = tuple(map(as_int, strides))
        self.offset = as_int(offset)
        self._check_bounds()

    def _check_bounds(self) -> None:
        if len(self.shape) != len(self.strides):
            raise RuntimeError(f"expected {len(self.shape)} strides, got {self.strides}")
        if min((*self.shape, *self.strides, self.offset)) < 0:
            raise RuntimeError(f"expected no negative shape, strides or offset, got {self.layout}")
        last = self.offset + sum((n - 1) * s for n, s in zip(*self.layout[:2], strict=True))
        if self.numel() and last >= len(self.storage):
            raise RuntimeError(
                f"expected a storage of at least {last + 1} elements, got {len(self.storage)}"
            )

    @property
    def layout(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Shape, strides and offset: all there is to a tensor beside its storage."""
        return self.shape, self.strides, self.offset

    def stride(self) -> tuple[int, ...]:
        """Return the strides, spelled as PyTorch spells it."""
        return self.strides

    def storage_offset(self) -> int:
        """Return the offset, spelled as PyTorch spells it."""
        return self.offset

    def dim(self) -> int:
        """Return the number of dimensions."""
        return len(self.shape)

    def numel(self) -> int:
        """Return the number of elements (an expanded one counts as often as it is shown)."""
        return prod(self.shape)

    def positions(self) -> list[int]:
        """Return the place in storage of each element, in row-major order.

        >>> Strided(list(range(6)), (3, 2), (1, 3)).positions()
        [0, 3, 1, 4, 2, 5]
        """
        return list(geometry.positions(*self.layout))

    def is_contiguous(self) -> bool:
        """Say whether row-major order walks the storage one element at a time.

        >>> Strided([1, 2, 3, 4], (2, 2), (2, 1)).is_contiguous()
        True
        """
        return geometry.is_contiguous(self.shape, self.strides)

    def shares_storage(self, other: "Strided") -> bool:
        """Say whether both tensors read the same list.

        Args:
            other: The other tensor.
        """
        return self.storage is other.storage

    def overlaps(self, other: "Strided") -> bool:
        """Say whether a write through one tensor can be seen through the other.

        Args:
            other: The other tensor. It may share the storage and yet show other elements of it.

        >>> numbers = [0, 1, 2, 3, 4]
        >>> left, right = Strided(numbers, (2,), (1,)), Strided(numbers, (2,), (1,), offset=2)
        >>> left.shares_storage(right), left.overlaps(right)
        (True, False)
        """
        shared = set(self.positions()) & set(other.positions())
        return self.shares_storage(other) and bool(shared)

    def tolist(self) -> Any:  # noqa: ANN401 - a number or lists nested to any depth
        """Return the elements as nested lists; a number for a 0-dim tensor."""

        def nested(dim: int, place: int) -> Any:  # noqa: ANN401 - as above
            if dim == self.dim():
                return self.storage[place]
            step = self.strides[dim]
            return [nested(dim + 1, place + i * step) for i in range(self.shape[dim])]

        return nested(0, self.offset)

    def item(self) -> Number:
        """Return the only element.

        Raises:
            RuntimeError: There are more elements, or none.
        """
        if self.numel() != 1:
            raise RuntimeError(f"expected one element to convert, got {self.numel()}")
        return self.storage[self.offset]

    def __repr__(self) -> str:
        how = f"strides={self.strides}, offset={self.offset}"
        return f"{type(self).__name__}({self.tolist()}, {how})"
