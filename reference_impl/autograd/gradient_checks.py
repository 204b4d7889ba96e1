"""Backward formulas held against finite differences.

For a function f the analytical Jacobian comes from backward, one row for each element of the
result; the numerical one from central differences (f(x + ε) - f(x - ε)) / 2ε, one column for each
element of the input. As [`torch.autograd.gradcheck`](https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html)
in its slow mode.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from reference_impl.autograd.engine import grad
from reference_impl.autograd.tensor import Tensor


class GradcheckError(RuntimeError):
    """The two Jacobians differ.

    >>> from reference_impl.autograd import Tensor, gradcheck
    >>> try:
    ...     gradcheck(lambda x: x * x.detach(), Tensor([3.0], requires_grad=True))
    ... except GradcheckError as error:
    ...     print("caught")
    caught
    """


# --8<-- [start:numerical_jacobian]
def numerical_jacobian(
    func: "Callable[[], Tensor]", x: "Tensor", eps: float = 1e-6
) -> "npt.NDArray[np.float64]":
    """Return the Jacobian of `func()` with respect to `x` by central differences.

    Args:
        func: computes a result from `x`, which is changed element by element and put back.
        x: the input, float64.
        eps: the size of the change.

    Returns:
        One row for each element of the result, one column for each element of `x`.
    """
    columns = []
    for index in np.ndindex(x.shape):
        kept = x.data[index]
        x.data[index] = kept + eps
        above = func().data.copy()
        x.data[index] = kept - eps
        below = func().data.copy()
        x.data[index] = kept
        columns.append((above - below).reshape(-1) / (2 * eps))
    return np.array(columns).T if columns else np.zeros((func().numel(), 0))


# --8<-- [end:numerical_jacobian]


# --8<-- [start:analytical_jacobian]
def analytical_jacobian(out: "Tensor", x: "Tensor") -> "npt.NDArray[np.float64]":
    """Return the Jacobian of `out` with respect to `x` by backward, one row at a time."""
    rows = np.zeros((out.numel(), x.numel()))
    for i in range(out.numel()):
        unit = np.zeros(out.numel())
        unit[i] = 1
        vector = out.new(unit.reshape(out.shape))
        (row,) = grad(out, x, vector, retain_graph=True, allow_unused=True)
        if row is not None:
            rows[i] = row.data.reshape(-1)
    return rows


# --8<-- [end:analytical_jacobian]


def gradcheck(
    func: "Callable[..., Tensor]",
    inputs: "Tensor | Sequence[Tensor]",
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the backward of `func` with finite differences.

    Args:
        func: takes the inputs, returns one tensor.
        inputs: float64 tensors; those that require a gradient are checked.
        eps: the size of the change of an input.
        atol: absolute tolerance.
        rtol: relative tolerance.
        raise_exception: raise where the Jacobians differ; otherwise return false.

    Raises:
        ValueError: no input requires a gradient, or one that does is not float64.
        GradcheckError: the Jacobians differ.

    >>> gradcheck(lambda x: (x * x).sum(), Tensor([1.0, 2.0], requires_grad=True))
    True
    """
    listed = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [x for x in listed if x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of them have requires_grad=True."
        )
    for i, x in enumerate(checked):
        if x.dtype != np.float64:
            raise ValueError(f"gradcheck needs float64: float32 cannot tell, got {x.dtype}")
        out = func(*listed)
        analytical = (
            analytical_jacobian(out, x) if out.requires_grad else np.zeros((out.numel(), x.numel()))
        )
        numerical = numerical_jacobian(lambda: func(*listed), x, eps)
        if not np.allclose(analytical, numerical, rtol, atol):
            if not raise_exception:
                return False
            raise GradcheckError(
                f"Jacobian mismatch for output 0 with respect to input {i},\n"
                f"numerical:{numerical}\nanalytical:{analytical}"
            )
    return True


def gradgradcheck(
    func: "Callable[..., Tensor]",
    inputs: "Tensor | Sequence[Tensor]",
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """Compare the second derivatives of `func` with finite differences of its first.

    Args:
        func: as for `gradcheck`.
        inputs: as for `gradcheck`.
        eps: as for `gradcheck`.
        atol: as for `gradcheck`.
        rtol: as for `gradcheck`.

    Raises:
        ValueError: as `gradcheck`.
        GradcheckError: as `gradcheck`.

    >>> gradgradcheck(lambda x: x * x * x, Tensor([1.0, 2.0], requires_grad=True))
    True
    """
    listed = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    out = func(*listed)
    spread = np.linspace(0.5, 1.5, out.numel()).reshape(out.shape)
    vector = Tensor(spread, requires_grad=True)

    def first(*args: Tensor) -> Tensor:
        *xs, v = args
        wanted = [x for x in xs if x.requires_grad]
        grads = grad(func(*xs), wanted, v, create_graph=True, allow_unused=True)
        flat = [g.reshape(-1) * (i + 1.0) for i, g in enumerate(grads) if g is not None]
        total = flat[0].sum()
        for i, g in enumerate(flat):
            total = total + (g * Tensor(np.linspace(1, 2, g.numel()) + i)).sum()
        return total

    return gradcheck(first, [*listed, vector], eps, atol, rtol)
