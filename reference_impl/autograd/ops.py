"""The operations, each with its derivative.

Every function computes its result with NumPy and hands `record` one formula for each input: from
`g`, the gradient of the result, to the gradient of that input. The formulas are made of recorded
operations themselves, so they can be differentiated again. A formula may ignore broadcasting: the
engine sums a gradient down to its input's shape. The last arguments of `Wrt` are what the formula
needs from the forward pass; they are saved, and checked when they are used. What is saved is what
PyTorch saves ([`derivatives.yaml`](https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml)),
so the same programs raise.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reference_impl.autograd.graph import Wrt, record

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
