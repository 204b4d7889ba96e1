"""A tensor as PyTorch keeps it: one flat storage, and a shape, strides and an offset to read it by.

Views are made by writing new numbers beside the old storage; copies are made by building a new
list. There is no other difference between the two, and `x.storage is y.storage` tells them apart.
"""

# --8<-- [start:imports]
from collections.abc import Sequence
from types import EllipsisType

from reference_impl.tensors import geometry
from reference_impl.tensors.arguments import Index, checked_index, sizes_of, wrapped
from reference_impl.tensors.layout import Number, Strided

# --8<-- [end:imports]

__all__ = ["StridedTensor"]


class StridedTensor(Strided):
    """A strided list of numbers with the operations of `torch.Tensor` that make views and copies.

    Every operation either returns a tensor on the same list (an alias) or fills a new list
    (a copy). The tests compare its choice, and the strides it gives, with PyTorch's.

    Args:
        storage: The numbers. The list is kept, not copied.
        shape: The sizes, each at least 0.
        strides: For each dimension, how far in storage its next index lies, in elements.
        offset: The place in storage of the element whose indices are all 0.

    Raises:
        RuntimeError: Sizes and strides of different lengths, a negative number among them, or an
            element that would lie outside the storage.

    >>> x = StridedTensor([0, 1, 2, 3, 4, 5], shape=(2, 3), strides=(3, 1))
    >>> x.t()
    StridedTensor([[0, 3], [1, 4], [2, 5]], strides=(1, 3), offset=0)
    >>> x.t().storage is x.storage
    True
    """

    @classmethod
    def arange(cls, end: int) -> "StridedTensor":
        """Return the numbers from 0 to `end - 1` in one dimension.

        Args:
            end: How many.

        >>> StridedTensor.arange(3)
        StridedTensor([0, 1, 2], strides=(1,), offset=0)
        """
        return cls(list(range(end)), (end,), (1,))

    # Views: the same storage under another shape, strides or offset.

    # --8<-- [start:as_strided]
    def as_strided(
        self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
    ) -> "StridedTensor":
        """Return a tensor on the same storage with the layout given.

        Args:
            size: The new sizes.
            stride: The new strides.
            storage_offset: The new offset; by default the one of this tensor.

        Raises:
            RuntimeError: The layout reaches outside the storage.

        >>> StridedTensor.arange(6).as_strided((4, 3), (1, 1)).tolist()
        [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
        """
        offset = self.offset if storage_offset is None else storage_offset
        return type(self)(self.storage, size, stride, offset)

    # --8<-- [end:as_strided]

    # --8<-- [start:view]
    def view(self, *shape: int | Sequence[int]) -> "StridedTensor":
        """Show the same elements in the same order under a new shape, without a copy, or raise.

        Args:
            shape: The new sizes, one by one or as one sequence; one of them may be -1.

        Raises:
            RuntimeError: A shape of another number of elements, or strides that cannot be
                found: see [`view_strides`][reference_impl.tensors.view_strides].

        >>> StridedTensor.arange(6).view(2, -1)
        StridedTensor([[0, 1, 2], [3, 4, 5]], strides=(3, 1), offset=0)
        """
        new_shape = geometry.infer_shape(sizes_of("view", shape), self.numel())
        strides = geometry.view_strides(self.shape, self.strides, new_shape)
        if strides is None:
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride: expected a "
                f"shape that shape {self.shape} with strides {self.strides} can be viewed as, "
                f"got {new_shape}. Use .reshape(...) instead."
            )
        return self.as_strided(new_shape, strides)

    # --8<-- [end:view]

    # --8<-- [start:reshape]
    def reshape(self, *shape: int | Sequence[int]) -> "StridedTensor":
        """Return a view where `view` can make one, and a contiguous copy where it cannot.

        Args:
            shape: The new sizes, one by one or as one sequence; one of them may be -1.

        Raises:
            RuntimeError: A shape of another number of elements.

        >>> x = StridedTensor.arange(6).view(2, 3)
        >>> x.reshape(6).shares_storage(x), x.t().reshape(6).shares_storage(x)
        (True, False)
        """
        new_shape = geometry.infer_shape(sizes_of("reshape", shape), self.numel())
        strides = geometry.view_strides(self.shape, self.strides, new_shape)
        if strides is None:
            return self.contiguous().view(new_shape)
        return self.as_strided(new_shape, strides)

    # --8<-- [end:reshape]

    # --8<-- [start:permute]
    def permute(self, *dims: int | Sequence[int]) -> "StridedTensor":
        """Put the dimensions in another order: sizes and strides move together, data stays.

        Args:
            dims: For each new dimension, the old one that it shows.

        Raises:
            IndexError: A dimension that does not exist.
            RuntimeError: Not each dimension exactly once.

        >>> StridedTensor.arange(24).view(2, 3, 4).permute(2, 0, 1).stride()
        (1, 12, 4)
        """
        wanted = sizes_of("permute", dims)
        if len(wanted) != self.dim():
            raise RuntimeError(f"permute expected {self.dim()} dimensions, got {wanted}")
        order: list[int] = []
        for dim in wanted:
            order.append(self._dim(dim))
            if order.count(order[-1]) > 1:
                raise RuntimeError(f"permute expected each dimension once, got {wanted}")
        return self.as_strided([self.shape[d] for d in order], [self.strides[d] for d in order])

    # --8<-- [end:permute]

    def transpose(self, dim0: int, dim1: int) -> "StridedTensor":
        """Swap two dimensions.

        Args:
            dim0: One dimension; negative counts from the end.
            dim1: The other.

        Raises:
            IndexError: A dimension that does not exist.

        >>> StridedTensor.arange(6).view(2, 3).transpose(0, 1).tolist()
        [[0, 3], [1, 4], [2, 5]]
        """
        order = list(range(self.dim()))
        a, b = self._dim(dim0), self._dim(dim1)
        if order:
            order[a], order[b] = b, a
        return self.permute(order)

    def t(self) -> "StridedTensor":
        """Transpose a matrix; a vector or a 0-dim tensor is returned as it is.

        Raises:
            RuntimeError: More than two dimensions.
        """
        if self.dim() > 2:
            raise RuntimeError(f"t() expected at most 2 dimensions, got {self.dim()}")
        return self.transpose(0, -1)

    @property
    def T(self) -> "StridedTensor":  # noqa: N802 - the name PyTorch and NumPy give it
        """All dimensions reversed; PyTorch warns when they are not two."""
        return self.permute(range(self.dim())[::-1])

    # --8<-- [start:expand]
    def expand(self, *sizes: int | Sequence[int]) -> "StridedTensor":
        """Repeat dimensions of size 1, and add dimensions on the left, by strides of 0.

        Args:
            sizes: The sizes wanted; -1 keeps one as it is.

        Raises:
            RuntimeError: Too few sizes, or a change to a size that is not 1.

        >>> row = StridedTensor.arange(3).expand(2, 3)
        >>> row
        StridedTensor([[0, 1, 2], [0, 1, 2]], strides=(0, 1), offset=0)
        """
        wanted = sizes_of("expand", sizes)
        shape, strides = geometry.expand_geometry(self.shape, self.strides, wanted)
        return self.as_strided(shape, strides)

    # --8<-- [end:expand]

    def unsqueeze(self, dim: int) -> "StridedTensor":
        """Insert a dimension of size 1.

        Args:
            dim: Where; negative counts from the end of the new shape.

        Raises:
            IndexError: No such place.

        >>> StridedTensor.arange(3).unsqueeze(-1).shape
        (3, 1)
        """
        d = wrapped(dim, self.dim() + 1)
        stride = self.shape[d] * self.strides[d] if d < self.dim() else 1
        return self.as_strided(
            (*self.shape[:d], 1, *self.shape[d:]), (*self.strides[:d], stride, *self.strides[d:])
        )

    def squeeze(self, dim: int | None = None) -> "StridedTensor":
        """Drop one dimension of size 1, or all of them; another size is left alone.

        Args:
            dim: The dimension to drop; all of size 1 when not given.

        Raises:
            IndexError: A dimension that does not exist.

        >>> StridedTensor.arange(3).view(1, 3, 1).squeeze().shape
        (3,)
        """
        chosen = range(self.dim()) if dim is None else (self._dim(dim),)
        kept = [d for d in range(self.dim()) if d not in chosen or self.shape[d] != 1]
        return self.as_strided([self.shape[d] for d in kept], [self.strides[d] for d in kept])

    # --8<-- [start:select]
    def select(self, dim: int, index: int) -> "StridedTensor":
        """Fix one index: the dimension goes, and the offset moves.

        Args:
            dim: The dimension.
            index: The index in it; negative counts from the end.

        Raises:
            IndexError: A dimension or an index that does not exist.

        >>> StridedTensor.arange(6).view(2, 3).select(0, 1)
        StridedTensor([3, 4, 5], strides=(1,), offset=3)
        """
        if not self.shape:
            raise IndexError("expected at least one dimension to index, got a 0-dim tensor")
        d = self._dim(dim)
        size, stride = self.shape[d], self.strides[d]
        if not -size <= index < size:
            raise IndexError(f"expected an index in [{-size}, {size}) at dim {d}, got {index}")
        return self.as_strided(
            self.shape[:d] + self.shape[d + 1 :],
            self.strides[:d] + self.strides[d + 1 :],
            self.offset + index % size * stride,
        )

    # --8<-- [end:select]

    # --8<-- [start:cut]
    def cut(self, dim: int, by: slice) -> "StridedTensor":
        """Keep every `step`-th index of a stretch: offset, size and stride can all change.

        Args:
            dim: The dimension.
            by: A Python slice with a positive step.

        Raises:
            IndexError: A dimension that does not exist.
            ValueError: A step of 0 or below.

        >>> StridedTensor.arange(10).cut(0, slice(1, 8, 3))
        StridedTensor([1, 4, 7], strides=(3,), offset=1)
        """
        if not self.shape:
            raise IndexError("expected at least one dimension to slice, got a 0-dim tensor")
        d = self._dim(dim)
        start, stop, step = by.indices(self.shape[d])
        if step < 0:
            raise ValueError(f"expected a slice step greater than zero, got {step}")
        shape, strides = list(self.shape), list(self.strides)
        shape[d] = len(range(start, stop, step))
        strides[d] *= step
        return self.as_strided(shape, strides, self.offset + start * self.strides[d])

    # --8<-- [end:cut]

    # --8<-- [start:getitem]
    def __getitem__(self, index: Index | tuple[Index, ...]) -> "StridedTensor":
        items = checked_index(index, self.dim())
        used = sum(item is not None and item is not ... for item in items)
        result, dim = self.as_strided(self.shape, self.strides), 0
        for item in items:
            if item is None:
                result, dim = result.unsqueeze(dim), dim + 1
            elif isinstance(item, EllipsisType):
                dim += self.dim() - used
            elif isinstance(item, slice):
                result, dim = result.cut(dim, item), dim + 1
            else:
                result = result.select(dim, item)
        return result

    # --8<-- [end:getitem]

    # Copies: a new storage.

    # --8<-- [start:clone]
    def clone(self, *, preserve_format: bool = True) -> "StridedTensor":
        """Copy the elements into a storage of their own, without gaps.

        Args:
            preserve_format: Keep the dimensions in the order they have in memory, as
                `torch.preserve_format` does; otherwise the copy is contiguous.

        >>> x = StridedTensor.arange(6).view(2, 3).t()
        >>> x.clone().stride(), x.clone(preserve_format=False).stride()
        ((1, 3), (2, 1))
        """
        strides = geometry.contiguous_strides(self.shape)
        if preserve_format:
            strides = geometry.dense_strides(self.shape, self.strides)
        storage: list[Number] = [0] * self.numel()
        for new, old in zip(geometry.positions(self.shape, strides), self.positions(), strict=True):
            storage[new] = self.storage[old]
        return type(self)(storage, self.shape, strides)

    # --8<-- [end:clone]

    # --8<-- [start:contiguous]
    def contiguous(self) -> "StridedTensor":
        """Return this very tensor if it is contiguous, and a contiguous copy if it is not.

        >>> x = StridedTensor.arange(6).view(2, 3)
        >>> x.contiguous() is x, x.t().contiguous().stride()
        (True, (2, 1))
        """
        return self if self.is_contiguous() else self.clone(preserve_format=False)

    # --8<-- [end:contiguous]

    # Writes: seen by every tensor that shows the same places.

    def fill_(self, value: Number) -> "StridedTensor":
        """Write one number to every element, in place.

        Args:
            value: The number.

        >>> x = StridedTensor.arange(4)
        >>> _ = x.view(2, 2)[0].fill_(9)
        >>> x.tolist()
        [9, 9, 2, 3]
        """
        for place in self.positions():
            self.storage[place] = value
        return self

    def __setitem__(self, index: Index | tuple[Index, ...], value: Number) -> None:
        part = self[index]
        repeated = any(
            size > 1 and step == 0 for size, step in zip(part.shape, part.stride(), strict=True)
        )
        if repeated and part.numel():
            raise RuntimeError(
                f"cannot write to shape {part.shape} with strides {part.stride()}: "
                "several of its elements are one place in memory; clone() it first"
            )
        part.fill_(value)

    def _dim(self, dim: int) -> int:
        return wrapped(dim, max(self.dim(), 1))
