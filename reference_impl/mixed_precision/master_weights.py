"""A float32 copy of 16-bit weights, and a task on which each part of mixed precision can be taken away.

Micikevicius et al., 2017, [*Mixed precision training*](https://arxiv.org/abs/1710.03740): section 3.1 for the copy,
3.2 for loss scaling, 3.3 for sums in float32.
"""

# --8<-- [start:master_weights_imports]
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

# --8<-- [end:master_weights_imports]
from jaxtyping import Float
from torch import Tensor

from reference_impl.mixed_precision.grad_scaler import GradScaler

__all__ = ["LevelTask", "MasterWeights", "Recipe", "matmul_in", "train_level"]


class MasterWeights:
    """A float32 copy of each parameter. The optimizer changes the copies, the model computes with the originals.

    Each step: backward and `take_gradients()`, for each micro-batch; the optimizer's step; `give_weights()`.
    Weights that the model loads later are overwritten: load them first, or `load_state_dict` here.

    Args:
        parameters: the model's, in a 16-bit dtype or in any other.

    Raises:
        ValueError: there are none, or one is no floating-point leaf.

    Examples:
        >>> model = torch.nn.Linear(2, 1, bias=False, dtype=torch.float16)
        >>> _ = torch.nn.init.ones_(model.weight)
        >>> masters = MasterWeights(model.parameters())
        >>> optimizer = torch.optim.SGD(masters.copies, lr=1e-4)
        >>> for _ in range(10):
        ...     model(torch.ones(1, 2, dtype=torch.float16)).sum().backward()
        ...     masters.take_gradients()
        ...     optimizer.step()
        ...     masters.give_weights()
        >>> 1 - model.weight[0, 0].item()  # ten updates of 0.0001; one alone would be lost
        0.0009765625
    """

    def __init__(self, parameters: "Iterable[torch.Tensor]") -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("expected at least one parameter, got none")
        for parameter in self.parameters:
            if not (parameter.is_leaf and parameter.is_floating_point()):
                raise ValueError(
                    f"expected leaves of floating point, got a {parameter.dtype} tensor"
                )
        self.copies = [p.detach().float().clone().requires_grad_() for p in self.parameters]

    # --8<-- [start:master_weights_moves]
    def take_gradients(self) -> None:
        """Add each gradient to its copy's, in float32, and clear the original's."""
        for copy, parameter in zip(self.copies, self.parameters, strict=True):
            if parameter.grad is not None:
                grad, parameter.grad = parameter.grad.float(), None
                copy.grad = grad if copy.grad is None else copy.grad + grad

    @torch.no_grad()
    def give_weights(self) -> None:
        """Round each copy into the model's parameter, and clear the copy's gradient."""
        for copy, parameter in zip(self.copies, self.parameters, strict=True):
            parameter.copy_(copy)
            copy.grad = None

    # --8<-- [end:master_weights_moves]

    def state_dict(self) -> "dict[str, list[torch.Tensor]]":
        """Return the copies, which the model's own state dict has only rounded; they are not cloned."""
        return {"copies": [copy.detach() for copy in self.copies]}

    @torch.no_grad()
    def load_state_dict(self, state_dict: "dict[str, list[torch.Tensor]]") -> None:
        """Take over copies, and round them into the model's parameters.

        Args:
            state_dict: float32 tensors, of the shapes of the parameters and in their order.

        Raises:
            ValueError: one has another shape or dtype, or there are more or fewer; nothing is changed.
        """
        copies = state_dict["copies"]
        expected = [(tuple(copy.shape), copy.dtype) for copy in self.copies]
        if (found := [(tuple(copy.shape), copy.dtype) for copy in copies]) != expected:
            raise ValueError(f"expected copies of {expected}, got {found}")
        for copy, loaded in zip(self.copies, copies, strict=True):
            copy.copy_(loaded)
        self.give_weights()


# --8<-- [start:master_weights_matmul]
def matmul_in(a: "torch.Tensor", b: "torch.Tensor", accumulate: "torch.dtype") -> "torch.Tensor":
    """Multiply a matrix by a vector, one product after the other, with the running sum in a given dtype.

    Args:
        a: shape (rows, length).
        b: shape (length,), of the same dtype.
        accumulate: float32, or the dtype of `a`, in which each partial sum is rounded.

    Returns:
        `a @ b` in the dtype of `a`, shape (rows,).

    Raises:
        ValueError: `accumulate` is another dtype.

    Examples:
        >>> ones = torch.ones(1, 4096, dtype=torch.float16)
        >>> matmul_in(ones, ones[0], torch.float32), matmul_in(ones, ones[0], torch.float16)
        (tensor([4096.], dtype=torch.float16), tensor([2048.], dtype=torch.float16))
    """
    if accumulate == torch.float32:
        return (a.float() @ b.float()).to(a.dtype)
    if accumulate != a.dtype:
        raise ValueError(f"expected accumulate to be float32 or {a.dtype}, got {accumulate}")
    products = a * b
    if accumulate == torch.float16:  # NumPy rounds after each addition
        return torch.from_numpy(np.add.accumulate(products.numpy(), axis=1)[:, -1].copy())
    total = torch.zeros_like(products[:, 0])
    for column in products.unbind(1):
        total = total + column
    return total


# --8<-- [end:master_weights_matmul]


class _Matmul(torch.autograd.Function):
    """`matmul_in` for the product and for the gradient of the vector."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, accumulate: torch.dtype) -> Tensor:  # noqa: ANN401 - torch's context
        ctx.save_for_backward(a)
        ctx.accumulate = accumulate
        return matmul_in(a, b, accumulate)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor, None]:  # noqa: ANN401 - likewise
        (a,) = ctx.saved_tensors
        return None, matmul_in(a.T.contiguous(), grads[0], ctx.accumulate), None


def _product(a: Tensor, b: Tensor, accumulate: torch.dtype) -> Tensor:
    out: Tensor = _Matmul.apply(a, b, accumulate)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return out


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train: a dtype, and which of the three parts to keep.

    Attributes:
        dtype: of weights, activations and gradients.
        master_weights: whether the optimizer changes a float32 copy.
        loss_scaling: whether the loss is multiplied by a dynamic factor.
        accumulate: dtype of the running sums in matrix products.

    Examples:
        >>> Recipe(dtype=torch.bfloat16, loss_scaling=False).master_weights
        True
    """

    dtype: torch.dtype = torch.float16
    master_weights: bool = True
    loss_scaling: bool = True
    accumulate: torch.dtype = torch.float32


@dataclass(frozen=True)
class LevelTask:
    """Recover the level of a long signal: a weighted mean of its readings, the weights to be learned.

    A mean over many readings has long sums, a tiny share of the gradient for each weight, and small
    updates: what large layers have, in one small layer.

    Attributes:
        signals: shape (signals, readings), from 0.4 to 1.
        targets: shape (signals,); means under weights from 1.2 to 1.4.

    Examples:
        >>> LevelTask.make(seed=0).signals.shape
        torch.Size([32, 4096])
    """

    signals: Float[Tensor, "signals readings"]
    targets: Float[Tensor, " signals"]

    @classmethod
    def make(cls, seed: int) -> "LevelTask":
        """Draw levels, noise and true weights.

        Args:
            seed: of the numbers.
        """
        generator = torch.Generator().manual_seed(seed)
        levels = 0.5 + 0.4 * torch.rand(32, 1, generator=generator)
        signals = levels + 0.1 * (torch.rand(32, 4096, generator=generator) - 0.5)
        weights = 1.3 + 0.2 * (torch.rand(4096, generator=generator) - 0.5)
        return cls(signals, signals @ weights / 4096)


# --8<-- [start:master_weights_train]
def train_level(
    task: "LevelTask", recipe: "Recipe", steps: int = 150, rate: float = 200.0
) -> "list[float]":
    """Fit the weights by gradient descent, all of them from 1.

    Args:
        task: signals and targets.
        recipe: what is kept in which dtype.
        steps: of the optimizer.
        rate: the learning rate. It is large because each weight has one reading in 4,096.

    Returns:
        The mean squared error before each step.

    Examples:
        >>> len(train_level(LevelTask.make(seed=0), Recipe(), steps=2))
        2
    """
    signals, losses = task.signals.to(recipe.dtype), []
    weights = torch.nn.Parameter(torch.ones(signals.shape[1], dtype=recipe.dtype))
    masters = MasterWeights([weights])
    scaler = GradScaler(enabled=recipe.loss_scaling, growth_interval=50)
    optimizer = torch.optim.SGD(masters.copies, lr=rate)
    for _ in range(steps):
        mean = _product(signals, weights, recipe.accumulate) / signals.shape[1]
        loss = (mean.float() - task.targets).square().mean()
        scaler.scale(loss).backward()
        losses.append(loss.item())
        masters.take_gradients()
        scaler.step(optimizer)
        scaler.update()
        masters.give_weights()
        if not recipe.master_weights:  # forget what rounding has cut off
            masters.copies[0].data.copy_(weights.data)
    return losses


# --8<-- [end:master_weights_train]
