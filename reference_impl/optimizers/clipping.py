"""Gradient clipping: by the norm of all gradients together, or element by element.

Pascanu et al., [*On the difficulty of training recurrent neural
networks*](https://arxiv.org/abs/1211.5063) (2013), section 3.2, Algorithm 1.
"""

# --8<-- [start:imports]
from collections.abc import Iterable

import torch
from torch import Tensor

# --8<-- [end:imports]


# --8<-- [start:gradients]
def gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """Return the gradients of those parameters that have one."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    return [param.grad for param in parameters if param.grad is not None]


# --8<-- [end:gradients]


# --8<-- [start:clip_grad_norm]
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients by one factor so that together they are no longer than `max_norm`.

    Args:
        parameters: whose gradients to clip, in place.
        max_norm: the largest norm to let through.
        norm_type: which norm; `inf` is the largest absolute value.
        error_if_nonfinite: refuse a norm that is infinite or NaN.

    Returns:
        The norm before clipping.

    Raises:
        RuntimeError: the norm is not finite, and `error_if_nonfinite` is set.

    >>> import torch
    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([3.0, 4.0])
    >>> clip_grad_norm_(w, 1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    grads = [grad for grad in gradients(parameters) if grad.numel()]
    if not grads:
        return torch.tensor(0.0)
    norms = [torch.linalg.vector_norm(grad.detach(), norm_type) for grad in grads]
    stacked = torch.stack([norm.to(grads[0].device) for norm in norms])
    total: Tensor = torch.linalg.vector_norm(stacked, norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"expected gradients with a finite norm of order {norm_type}, got {total.item()}"
        )
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.detach().mul_(factor.to(grad.device))
    return total


# --8<-- [end:clip_grad_norm]


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Clip each element of each gradient to the range from `-clip_value` to `clip_value`.

    Args:
        parameters: whose gradients to clip, in place.
        clip_value: the largest absolute value to let through.

    >>> import torch
    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([3.0, -0.5])
    >>> clip_grad_value_(w, 1.0)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    for grad in gradients(parameters):
        grad.detach().clamp_(-clip_value, clip_value)
