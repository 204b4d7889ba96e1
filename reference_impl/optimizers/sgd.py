"""Stochastic gradient descent, with momentum and Nesterov's variant.

PyTorch's convention is kept: the buffer adds up gradients, and the learning rate multiplies it when
the step is taken. Sutskever et al., [*On the importance of initialization and momentum in deep
learning*](https://proceedings.mlr.press/v28/sutskever13.html) (2013), put the rate into the buffer.
"""

# --8<-- [start:imports]
from jaxtyping import Float
from torch import Tensor

from reference_impl.optimizers.optimizer import Group, Optimizer, Params, at_least_zero

# --8<-- [end:imports]


class SGD(Optimizer):
    """Gradient descent: `p -= lr * v`, where `v = momentum * v + grad`.

    Args:
        params: parameters or groups of them.
        lr: the learning rate.
        momentum: how much of the buffer is kept in each step; 0 keeps no buffer at all.
        dampening: `1 - dampening` multiplies each gradient added to a buffer, except the first.
        weight_decay: this times the parameter is added to its gradient (an L2 penalty).
        nesterov: step along `grad + momentum * v` in place of `v`.
        maximize: go up instead of down.

    >>> import torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     w.grad = torch.ones(1)
    ...     optimizer.step()
    >>> w, optimizer.state[w]
    (tensor([0.7500], requires_grad=True), {'momentum_buffer': tensor([1.5000])})
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "maximize": maximize}
        super().__init__(params, {**options, "weight_decay": weight_decay, "nesterov": nesterov})

    def check(self, group: Group) -> None:
        """Raise a `ValueError` if an option of the group is not usable."""
        at_least_zero(group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, "
                f"got momentum={group['momentum']}, dampening={group['dampening']}"
            )

    # --8<-- [start:sgd_update]
    def update(self, param: Float[Tensor, "..."], grad: Float[Tensor, "..."], group: Group) -> None:
        """Take one step with one parameter."""
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        if group["momentum"] != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.clone()
            else:
                buffer.mul_(group["momentum"]).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=group["momentum"]) if group["nesterov"] else buffer
        param.add_(grad, alpha=-group["lr"])

    # --8<-- [end:sgd_update]
