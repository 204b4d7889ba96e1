"""The operations, each with its derivative.

Every function computes its result with NumPy and hands `record` one formula for each input: from
`g`, the gradient of the result, to the gradient of that input. The formulas are made of recorded
operations themselves, so they can be differentiated again. A formula may ignore broadcasting: the
engine sums a gradient down to its input's shape. The last arguments of `Wrt` are what the formula
needs from the forward pass; they are saved, and checked when they are used. What is saved is what
PyTorch saves ([`derivatives.yaml`](https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml)),
so the same programs raise.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reference_impl.autograd.grad_mode import is_grad_enabled
from reference_impl.autograd.graph import View, Wrt, record
from reference_impl.autograd.indexing import full_index, split_index

if TYPE_CHECKING:
    from reference_impl.autograd.tensor import Tensor

# Arithmetic


def add(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return the sum: d(a + b) = da + db."""
    return record("Add", a.new(a.data + b.data), Wrt(a, lambda g: g), Wrt(b, lambda g: g))


def sub(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return the difference: d(a - b) = da - db."""
    return record("Sub", a.new(a.data - b.data), Wrt(a, lambda g: g), Wrt(b, lambda g: -g))


# --8<-- [start:mul]
def mul(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return the product: d(ab) = b da + a db."""
    return record(
        "Mul",
        a.new(a.data * b.data),
        Wrt(a, lambda g, b: g * b, b),
        Wrt(b, lambda g, a: g * a, a),
    )


# --8<-- [end:mul]


def div(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return the quotient: d(a/b) = da/b - (a/b²) db."""
    return record(
        "Div",
        a.new(a.data / b.data),
        Wrt(a, lambda g, b: g / b, b),
        Wrt(b, lambda g, a, b: -g * (a / b / b), a, b),
    )


def neg(a: "Tensor") -> "Tensor":
    """Return the negative: d(-a) = -da."""
    return record("Neg", a.new(-a.data), Wrt(a, lambda g: -g))


def power(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return a to the power b: d(aᵇ) = b aᵇ⁻¹ da + aᵇ ln(a) db.

    Where b = 0 the first term is 0, and where a = 0 ≤ b so is the second, as in PyTorch.
    """
    out = a.new(a.data**b.data)
    return record(
        "Pow",
        out,
        Wrt(a, lambda g, a, b: where(b.data != 0, g * (b * a ** (b - 1))), a, b),
        Wrt(
            b,
            lambda g, a, b, y: where((a.data != 0) | ~(b.data >= 0), g * (y * a.log())),
            *(a, b, out),
        ),
    )


def matmul(a: "Tensor", b: "Tensor") -> "Tensor":
    """Return the matrix product: d(AB) = dA B + A dB.

    Args:
        a: shape `(n,)`, or `(..., m, n)`.
        b: shape `(n,)`, or `(..., n, p)`; leading dimensions are batches, and broadcast.

    Returns:
        Shape `(..., m, p)`, without `m` or `p` where the operand had one dimension.

    Raises:
        RuntimeError: an operand has no dimension, or the shapes do not fit.
    """
    if a.ndim == 0 or b.ndim == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D"
        )
    if a.ndim == 1:
        return matmul(a[None], b)[(..., 0, slice(None)) if b.ndim > 1 else 0]
    if b.ndim == 1:
        return matmul(a, b[:, None])[..., 0]
    try:
        product = np.matmul(a.data, b.data)
    except ValueError:
        raise RuntimeError(
            f"shapes cannot be multiplied: {list(a.shape)} and {list(b.shape)}"
        ) from None
    return record(
        "Matmul", a.new(product), Wrt(a, lambda g, b: g @ b.mT, b), Wrt(b, lambda g, a: a.mT @ g, a)
    )


# Functions of each element


# --8<-- [start:exp]
def exp(x: "Tensor") -> "Tensor":
    """Return e to the power x: dy = y dx. What is saved is the result."""
    y = x.new(np.exp(x.data))
    return record("Exp", y, Wrt(x, lambda g, y: g * y, y))


# --8<-- [end:exp]


def log(x: "Tensor") -> "Tensor":
    """Return the natural logarithm: dy = dx / x."""
    return record("Log", x.new(np.log(x.data)), Wrt(x, lambda g, x: g / x, x))


# --8<-- [start:tanh]
def tanh(x: "Tensor") -> "Tensor":
    """Return the hyperbolic tangent: dy = (1 - y²) dx."""
    y = x.new(np.tanh(x.data))
    return record("Tanh", y, Wrt(x, lambda g, y: g * (1 - y * y), y))


# --8<-- [end:tanh]


def sigmoid(x: "Tensor") -> "Tensor":
    """Return 1 / (1 + e⁻ˣ): dy = y (1 - y) dx."""
    y = x.new(np.exp(-np.logaddexp(0, -x.data)))  # e⁻ˣ itself would overflow
    return record("Sigmoid", y, Wrt(x, lambda g, y: g * (y * (1 - y)), y))


def relu(x: "Tensor") -> "Tensor":
    """Return max(x, 0): dy = dx where y > 0, else 0; so the derivative at 0 is 0."""
    y = x.new(np.maximum(x.data, 0))
    return record("Relu", y, Wrt(x, gate, y))


def gate(g: "Tensor", y: "Tensor") -> "Tensor":
    """Return g where y > 0, else 0: the derivative with respect to y is 0, but y has a part in it."""
    return record(
        "Gate",
        g.new(np.where(y.data <= 0, 0, g.data).astype(g.dtype)),
        Wrt(g, gate, y),
        Wrt(y, zeros_like),
    )


def zeros_like(x: "Tensor") -> "Tensor":
    """Return zeros of the shape of x, with no history."""
    return x.new(np.zeros_like(x.data))


def where(mask: npt.NDArray[np.bool_] | np.bool_, x: "Tensor") -> "Tensor":
    """Return x where `mask` is true, else 0."""
    return record(
        "Where", x.new(np.where(mask, x.data, 0).astype(x.dtype)), Wrt(x, lambda g: where(mask, g))
    )


def clone(x: "Tensor", strides: tuple[int, ...] | None = None) -> "Tensor":
    """Return a copy in new memory, its axes in the order of `strides`; by default, of its own."""
    order = np.argsort([-abs(stride) for stride in strides or x.data.strides], kind="stable")
    array = np.empty([x.shape[axis] for axis in order], x.dtype).transpose(np.argsort(order))
    array[...] = x.data
    return record("Clone", x.new(array), Wrt(x, lambda g: g))


# Softmax


# --8<-- [start:softmax]
def softmax(x: "Tensor", dim: int) -> "Tensor":
    """Return eˣ / Σ eˣ along `dim`: dy = y (dx - Σ y dx)."""
    axes = axes_of(x, dim)
    shifted = np.exp(x.data - x.data.max(axes, keepdims=True, initial=-np.inf))
    y = x.new(shifted / shifted.sum(axes, keepdims=True))
    return record("Softmax", y, Wrt(x, lambda g, y: y * (g - (g * y).sum(axes, keepdim=True)), y))


# --8<-- [end:softmax]


def log_softmax(x: "Tensor", dim: int) -> "Tensor":
    """Return x - ln Σ eˣ along `dim`: dy = dx - Σ eʸ dx."""
    axes = axes_of(x, dim)
    shifted = x.data - x.data.max(axes, keepdims=True, initial=-np.inf)
    y = x.new(shifted - np.log(np.exp(shifted).sum(axes, keepdims=True)))
    return record("LogSoftmax", y, Wrt(x, lambda g, y: g - y.exp() * g.sum(axes, keepdim=True), y))


# Reductions


def axes_of(x: "Tensor", dim: int | Sequence[int] | None) -> tuple[int, ...]:
    """Return the axes that `dim` names, counted from 0; all of them for `None` or none at all.

    Raises:
        IndexError: a dimension is out of range.
        RuntimeError: a dimension appears twice.
    """
    dims = (dim,) if isinstance(dim, int) else tuple(dim or range(x.ndim))
    limit = max(x.ndim, 1)
    for d in dims:
        if not -limit <= d < limit:
            raise IndexError(
                "Dimension out of range (expected to be in range of "
                f"[{-limit}, {limit - 1}], but got {d})"
            )
    axes = tuple(d % limit for d in dims)
    if len(set(axes)) < len(axes):
        raise RuntimeError(f"a dim appears multiple times in the list of dims {list(dims)}")
    return axes if x.ndim else ()


def spread(g: "Tensor", axes: Sequence[int], shape: tuple[int, ...]) -> "Tensor":
    """Return `g` repeated along the `axes` that a reduction of a tensor of `shape` removed."""
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return g.reshape(kept).expand(shape)


# --8<-- [start:total]
def total(
    x: "Tensor", dim: int | tuple[int, ...] | list[int] | None = None, keepdim: bool = False
) -> "Tensor":
    """Return the sum over `dim`, by default over all: dy = Σ dx, so each element gets all of g."""
    axes, shape = axes_of(x, dim), x.shape
    y = x.new(x.data.sum(axes, keepdims=keepdim))
    return record("Sum", y, Wrt(x, lambda g: spread(g, axes, shape)))


# --8<-- [end:total]


def mean(
    x: "Tensor", dim: int | tuple[int, ...] | list[int] | None = None, keepdim: bool = False
) -> "Tensor":
    """Return the mean over `dim`, by default over all: each of n elements gets g / n."""
    axes, shape = axes_of(x, dim), x.shape
    n = int(np.prod([shape[axis] for axis in axes]))
    y = x.new(np.true_divide(x.data.sum(axes, keepdims=keepdim), n, dtype=x.dtype))
    return record("Mean", y, Wrt(x, lambda g: spread(g, axes, shape) / n))


# --8<-- [start:amax]
def amax(
    x: "Tensor", dim: int | tuple[int, ...] | list[int] | None = None, keepdim: bool = False
) -> "Tensor":
    """Return the maximum over `dim`, by default over all. Equal maxima share the gradient evenly.

    Raises:
        RuntimeError: no `dim` was given, and there is no element.
        IndexError: a dimension to be reduced is empty.
    """
    axes, shape = axes_of(x, dim), x.shape
    if dim is None and not x.numel():
        raise RuntimeError("amax(): Expected reduction dim to be specified for no elements.")
    if any(shape[axis] == 0 for axis in axes):
        raise IndexError(f"amax(): expected non-empty dims {list(axes)}, got shape {list(shape)}")
    y = x.new(x.data.max(axes, keepdims=keepdim))

    def share(g: "Tensor", x: "Tensor", y: "Tensor") -> "Tensor":
        ties = spread(y.detach(), axes, shape).data == x.data
        return where(
            ties, spread(g, axes, shape) / x.new(ties.sum(axes, keepdims=True, dtype=x.dtype))
        )

    return record("Amax", y, Wrt(x, share, x, y))


# --8<-- [end:amax]


def argmax(x: "Tensor", axis: int) -> npt.NDArray[np.intp]:
    """Return where along `axis` the maximum is: the first, if there are several.

    Raises:
        IndexError: the dimension is empty.
    """
    if x.ndim and x.shape[axis] == 0:
        raise IndexError(f"max(): Expected reduction dim {axis} to have non-zero size.")
    return np.asarray(x.data.argmax(axis) if x.ndim else 0)


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
