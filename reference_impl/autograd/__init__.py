"""A reverse-mode automatic differentiation engine over NumPy arrays, with PyTorch's behaviour.

Every operation on a [`Tensor`][reference_impl.autograd.Tensor] computes its result with NumPy and
writes a node on a tape; `backward` reads the tape from the end. Values, gradients, flags and the
calls that raise are those of PyTorch; the reference page lists where they are not.
"""

from reference_impl.autograd.engine import backward, grad, unbroadcast
from reference_impl.autograd.function import Function
from reference_impl.autograd.grad_mode import (
    enable_grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from reference_impl.autograd.gradient_checks import GradcheckError, gradcheck, gradgradcheck
from reference_impl.autograd.graph import AccumulateGrad, CopySlices, Node
from reference_impl.autograd.tensor import Maximum, RemovableHandle, Tensor

__all__ = [
    "AccumulateGrad",
    "CopySlices",
    "Function",
    "GradcheckError",
    "Maximum",
    "Node",
    "RemovableHandle",
    "Tensor",
    "backward",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
    "unbroadcast",
]
