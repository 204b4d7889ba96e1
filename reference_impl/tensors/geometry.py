"""The arithmetic of shapes and strides: no data, no tensors, only tuples of integers.

Every rule here is one that PyTorch applies before it touches an element. Each function takes plain
tuples, so it can be read, pasted and run on its own. The tests hold each one against
`torch` on random shapes, the empty and the one-element ones included.
"""

# --8<-- [start:imports]
from collections.abc import Iterator
from itertools import product
from math import prod

# --8<-- [end:imports]

__all__ = [
    "contiguous_strides",
    "dense_strides",
    "expand_geometry",
    "infer_shape",
    "is_contiguous",
    "is_dense",
    "memory_chunks",
    "positions",
    "view_strides",
]


# --8<-- [start:contiguous_strides]
def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a freshly made tensor: row-major, last dimension fastest.

    Args:
        shape: The sizes. A size of 0 counts as 1 here, as it does in PyTorch.

    Returns:
        One stride for each dimension, in elements (not in bytes).

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    >>> contiguous_strides((2, 0, 4))
    (4, 4, 1)
    """
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


# --8<-- [end:contiguous_strides]


# --8<-- [start:is_contiguous]
def is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Say whether row-major order over `shape` walks the storage one element at a time.

    Two kinds of stride are never looked at, because no walk takes a step along them:
    the stride of a dimension of size 1, and every stride of an empty tensor.

    Args:
        shape: The sizes.
        strides: The strides, one for each size.

    >>> is_contiguous((2, 3), (3, 1)), is_contiguous((3, 2), (1, 3))
    (True, False)
    >>> is_contiguous((1, 3), (100, 1)), is_contiguous((0, 3), (100, 7))
    (True, True)
    """
    if 0 in shape:
        return True
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


# --8<-- [end:is_contiguous]


# --8<-- [start:positions]
def positions(shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> Iterator[int]:
    """Yield the place in storage of each element, in row-major order of its index.

    Args:
        shape: The sizes.
        strides: The strides, one for each size.
        offset: Place in storage of the element whose indices are all 0.

    >>> list(positions((3, 2), (1, 3)))
    [0, 3, 1, 4, 2, 5]
    >>> list(positions((), (), offset=7))
    [7]
    """
    for index in product(*map(range, shape)):
        yield offset + sum(i * stride for i, stride in zip(index, strides, strict=True))


# --8<-- [end:positions]


# --8<-- [start:infer_shape]
def infer_shape(shape: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """Fill in the one size that may be given as -1.

    Args:
        shape: The sizes asked for.
        numel: How many elements there are to arrange.

    Returns:
        The sizes, all of them at least 0, whose product is `numel`.

    Raises:
        RuntimeError: A size below -1, two sizes of -1, or no way to arrange `numel` elements.

    >>> infer_shape((2, -1), 6)
    (2, 3)
    >>> infer_shape((-1, 0), 0)
    Traceback (most recent call last):
    RuntimeError: cannot infer -1 in shape (-1, 0): with 0 elements any size would do
    """
    if min(shape, default=0) < -1:
        raise RuntimeError(f"expected every size in shape {shape} to be at least -1")
    if shape.count(-1) > 1:
        raise RuntimeError(f"only one dimension can be inferred, got shape {shape}")
    known = prod(size for size in shape if size != -1)
    if -1 not in shape and known == numel:
        return shape
    if -1 in shape and known > 0 and numel % known == 0:
        return tuple(numel // known if size == -1 else size for size in shape)
    if -1 in shape and known == numel == 0:
        raise RuntimeError(f"cannot infer -1 in shape {shape}: with 0 elements any size would do")
    raise RuntimeError(f"shape {shape} is invalid for {numel} elements")


# --8<-- [end:infer_shape]


# --8<-- [start:memory_chunks]
def memory_chunks(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[tuple[int, int]]:
    """Cut the dimensions into runs that each walk storage at one constant step.

    Dimension `d` joins the run on its right when one step along `d` is as long as a walk through
    that whole run. A dimension of size 1 takes no step, so it joins any run.

    Args:
        shape: The sizes, at least one of them.
        strides: The strides, one for each size.

    Returns:
        `(elements, step)` of each run, the last run first.

    >>> memory_chunks((2, 3, 4), (12, 4, 1))
    [(24, 1)]
    >>> memory_chunks((3, 2, 4), (4, 12, 1))
    [(4, 1), (2, 12), (3, 4)]
    """
    chunks: list[tuple[int, int]] = []
    elements, step = 1, strides[-1]
    for d in reversed(range(len(shape))):
        elements *= shape[d]
        if d == 0:
            chunks.append((elements, step))
        elif shape[d - 1] != 1 and strides[d - 1] != elements * step:
            chunks.append((elements, step))
            elements, step = 1, strides[d - 1]
    return chunks


# --8<-- [end:memory_chunks]


# --8<-- [start:view_strides]
def view_strides(
    shape: tuple[int, ...], strides: tuple[int, ...], new_shape: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Find strides that show the same elements, in the same order, under a new shape.

    Args:
        shape: The sizes now.
        strides: The strides now.
        new_shape: The sizes wanted, with as many elements in all.

    Returns:
        The new strides, or `None` when no strides can do it: then only a copy can.

    >>> view_strides((3, 4), (1, 3), (3, 2, 2))
    (1, 6, 3)
    >>> view_strides((3, 4), (1, 3), (12,)) is None
    True
    """
    if shape == ():
        return (1,) * len(new_shape)
    if 0 in shape:
        return strides if shape == new_shape else contiguous_strides(new_shape)
    todo = list(new_shape)
    new_strides: list[int] = []
    for elements, step in memory_chunks(shape, strides):
        filled = 1
        while todo and (filled < elements or todo[-1] == 1):
            new_strides.append(filled * step)
            filled *= todo.pop()
        if filled != elements:
            return None
    return tuple(reversed(new_strides))


# --8<-- [end:view_strides]


# --8<-- [start:expand_geometry]
def expand_geometry(
    shape: tuple[int, ...], strides: tuple[int, ...], sizes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Stretch dimensions of size 1 to any size by giving them stride 0.

    Args:
        shape: The sizes now.
        strides: The strides now.
        sizes: The sizes wanted, aligned at the right; -1 keeps a size as it is.

    Returns:
        The new sizes and the new strides.

    Raises:
        RuntimeError: Fewer sizes than dimensions, or a change to a size that is not 1.

    >>> expand_geometry((3, 1), (1, 1), (2, -1, 4))
    ((2, 3, 4), (0, 1, 0))
    """
    extra = len(sizes) - len(shape)
    if extra < 0:
        raise RuntimeError(f"expected at least {len(shape)} sizes for shape {shape}, got {sizes}")
    new_shape, new_strides = list(sizes), [0] * len(sizes)
    for i in reversed(range(len(sizes))):
        if i >= extra:
            old_size, old_stride = shape[i - extra], strides[i - extra]
            new_shape[i] = old_size if sizes[i] == -1 else sizes[i]
        else:
            old_size, old_stride = 1, new_shape[i + 1] * new_strides[i + 1] if shape else 0
        if new_shape[i] < 0 or old_size not in (1, new_shape[i]):
            raise RuntimeError(f"cannot expand shape {shape} to {sizes}: see dimension {i}")
        new_strides[i] = old_stride if new_shape[i] == old_size else 0
    return tuple(new_shape), tuple(new_strides)


# --8<-- [end:expand_geometry]


# --8<-- [start:is_dense]
def is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Say whether the elements fill one stretch of storage, each place once, in any order.

    Args:
        shape: The sizes.
        strides: The strides, one for each size.

    >>> is_dense((3, 2), (1, 3)), is_dense((3, 2), (4, 1)), is_dense((3, 2), (0, 1))
    (True, False, False)
    """
    if 0 in shape:
        return True
    expected = 1
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True


# --8<-- [end:is_dense]


# --8<-- [start:dense_strides]
def dense_strides(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides `clone` gives its copy: no gaps, and the order of the dimensions kept.

    A dense tensor keeps its strides. Otherwise the dimensions are sorted by stride, from the last
    one, and packed in that order. A stride of 0 says nothing about order: it moves nobody.

    Args:
        shape: The sizes.
        strides: The strides, one for each size.

    >>> dense_strides((3, 2), (1, 6))
    (1, 3)
    >>> dense_strides((4, 2, 3), (0, 3, 1))
    (6, 3, 1)
    """
    if is_dense(shape, strides):
        return strides
    order = list(reversed(range(len(shape))))
    for start in range(1, len(order)):
        here = start
        for before in reversed(range(start)):
            a, b = order[before], order[here]
            if 0 in (strides[a], strides[b]):
                continue
            if strides[a] < strides[b]:
                break
            if strides[a] > strides[b] or shape[a] > shape[b]:
                order[before], order[here] = b, a
                here = before
    packed, step = [0] * len(shape), 1
    for d in order:
        packed[d] = step
        step *= max(shape[d], 1)
    return tuple(packed)


# --8<-- [end:dense_strides]
