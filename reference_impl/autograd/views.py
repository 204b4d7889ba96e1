"""The operations that reorder, select and overwrite elements, each with its derivative.

A view shares its input's memory and version counter, and remembers how it was made, so that an
in-place change of one is seen by the others. The formulas are written as in
[`ops`][reference_impl.autograd.ops].
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reference_impl.autograd.grad_mode import is_grad_enabled
from reference_impl.autograd.graph import View, Wrt, record
from reference_impl.autograd.indexing import full_index, split_index
from reference_impl.autograd.ops import axes_of, zeros_like

if TYPE_CHECKING:
    from reference_impl.autograd.tensor import Tensor

# Views


# --8<-- [start:view_of]
def view_of(
    x: "Tensor",
    name: str,
    array: "npt.NDArray[Any]",
    vjp: "Callable[[Tensor], Tensor]",
    step: "Callable[[Tensor], Tensor]",
) -> "Tensor":
    """Return a tensor over `array`, which shares the memory of `x`, and so its version counter.

    Args:
        x: the tensor that is viewed.
        name: the operation.
        array: the same memory with another shape or other strides.
        vjp: from the gradient of the view to the gradient of `x`.
        step: makes this view of any tensor like `x`.
    """
    out = record(name, x.new(array), Wrt(x, vjp))
    out._counter = x._counter
    if x._view is None:
        out._view = View(x, step, x._version, is_grad_enabled())
    else:
        base, before = x._view.base, x._view.replay
        recorded = x._view.recorded and is_grad_enabled()
        out._view = View(base, lambda t: step(before(t)), x._version, recorded)
    return out


# --8<-- [end:view_of]


def view(x: "Tensor", *shape: "int | Sequence[int]") -> "Tensor":
    """Return a view with another shape.

    Raises:
        RuntimeError: the sizes do not fit, or the elements in their order would need a copy.
    """
    out = reshape(x, *shape)
    if out._counter is not x._counter:
        raise RuntimeError(
            f"view size is not compatible with input tensor's size {list(x.shape)} and stride: "
            "use .reshape(...) instead."
        )
    return out


def reshape(x: "Tensor", *shape: "int | Sequence[int]") -> "Tensor":
    """Return the elements in another shape: a view where strides allow, else a copy.

    Args:
        x: the tensor.
        shape: the new sizes, apart or as one tuple; one of them may be -1.

    Raises:
        RuntimeError: the sizes do not fit.
    """
    old, sizes = x.shape, sizes_of(shape)
    if any(size < -1 for size in sizes):
        raise RuntimeError(f"invalid shape dimension in {list(sizes)}")
    try:
        array = x.data.reshape(sizes)
    except ValueError:
        raise RuntimeError(
            f"shape {list(sizes)} is invalid for input of size {x.numel()}"
        ) from None
    if not array.size or np.may_share_memory(array, x.data):
        return view_of(x, "View", array, lambda g: g.reshape(old), lambda t: t.view(*sizes))
    return record("Reshape", x.new(array), Wrt(x, lambda g: g.reshape(old)))


def sizes_of(shape: Sequence[int | Sequence[int]]) -> tuple[int, ...]:
    """Return sizes that were given apart, or as one tuple or list, as one tuple."""
    return tuple(size for item in shape for size in ([item] if isinstance(item, int) else item))


# --8<-- [start:permute]
def permute(x: "Tensor", *dims: "int | Sequence[int]") -> "Tensor":
    """Return a view with the dimensions in another order; the gradient goes the other way round.

    Raises:
        RuntimeError: `dims` is not each dimension once.
        IndexError: a dimension is out of range.
    """
    axes = axes_of(x, sizes_of(dims)) if x.ndim else ()
    if len(axes) != x.ndim or len(sizes_of(dims)) != x.ndim:
        raise RuntimeError(f"permute(): expected {x.ndim} dims, got {list(sizes_of(dims))}")
    back = tuple(axes.index(axis) for axis in range(x.ndim))
    return view_of(
        x,
        "Permute",
        x.data.transpose(axes),
        lambda g: g.permute(*back),
        lambda t: t.permute(*axes),
    )


# --8<-- [end:permute]


def transpose(x: "Tensor", dim0: int, dim1: int) -> "Tensor":
    """Return a view with two dimensions exchanged.

    Raises:
        IndexError: a dimension is out of range.
    """
    one, other = axes_of(x, dim0), axes_of(x, dim1)
    swap = dict(zip(one + other, other + one, strict=True))
    return permute(x, *(swap.get(axis, axis) for axis in range(x.ndim)))


def expand(x: "Tensor", *shape: "int | Sequence[int]") -> "Tensor":
    """Return a view in a broadcast shape; its repeated elements cannot be written to.

    Raises:
        RuntimeError: the shape of `x` does not broadcast to `shape`.
    """
    sizes = sizes_of(shape)
    try:
        array = np.broadcast_to(x.data, sizes) if sizes != x.shape else x.data[...]
    except ValueError:
        raise RuntimeError(f"expected sizes that fit {list(x.shape)}, got {list(sizes)}") from None
    return view_of(x, "Expand", array, lambda g: g, lambda t: t.expand(*sizes))


# Indexing


# --8<-- [start:getitem]
def getitem(x: "Tensor", index: "Any") -> "Tensor":  # noqa: ANN401 - Python allows anything
    """Return `x[index]`: a view for integers, slices, `None` and `...`; a copy for arrays.

    The gradient is scattered back to where the elements came from. An element taken twice gets
    the sum.
    """
    basic, axes, rows = split_index(index, x.shape)
    if rows is None:
        return take_slice(x, basic)
    if any(item != slice(None) for item in basic):
        x = take_slice(x, basic)
    shape = x.shape
    return record(
        "Index",
        x.new(np.array(x.data[full_index(axes, rows)], order="C")),
        Wrt(x, lambda g, rows: scatter(g, full_index(axes, rows.data), shape), x.new(rows)),
    )


# --8<-- [end:getitem]


def take_slice(x: "Tensor", basic: tuple[Any, ...]) -> "Tensor":
    """Return a view of the elements that integers and slices select.

    Raises:
        IndexError: an integer is out of range.
    """
    shape = x.shape
    return view_of(
        x,
        "Slice",
        x.data[(*basic, ...)],  # with `...` NumPy gives an array, never a bare number
        lambda g: scatter(g, basic, shape),
        lambda t: t[basic],
    )


# --8<-- [start:scatter]
def scatter(g: "Tensor", index: "tuple[Any, ...]", shape: tuple[int, ...]) -> "Tensor":
    """Return zeros of `shape` with the elements of `g` added at `index`."""
    array = np.zeros(shape, g.dtype)
    np.add.at(array, index, g.data)
    return record("Scatter", g.new(array), Wrt(g, lambda gg: gg[index]))


# --8<-- [end:scatter]


def put(x: "Tensor", value: "Tensor", axes: Sequence[int], rows: "Tensor") -> "Tensor":
    """Return a copy of x with `value` at the places that arrays index.

    Raises:
        RuntimeError: `value` does not broadcast to those places.
    """
    array, index = x.data.copy(), full_index(axes, rows.data)
    try:
        array[index] = value.data
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value of shape {list(value.shape)} cannot be broadcast to "
            f"indexing result of shape {list(array[index].shape)}"
        ) from None
    zero = value.new(np.zeros((), value.dtype))
    return record(
        "IndexPut",
        x.new(array),
        Wrt(x, lambda g, rows: put(g, zero, axes, rows), rows),
        Wrt(value, lambda g, rows: g[full_index(axes, rows.data)], rows),
    )


def overwrite(x: "Tensor", value: "Tensor") -> "Tensor":
    """Return `value`, broadcast to the shape of x: the gradient of x is 0.

    Raises:
        RuntimeError: `value` does not broadcast to the shape of x.
    """
    try:
        array = np.broadcast_to(value.data, x.shape).astype(x.dtype)
    except ValueError:
        raise RuntimeError(
            f"expected a value that fits shape {list(x.shape)}, got shape {list(value.shape)}"
        ) from None
    return record(
        "Copy",
        x.new(array),
        Wrt(x, zeros_like),
        Wrt(value, lambda g: g),
    )
