"""Loss scaling: a large factor keeps small float16 gradients above zero, and is divided out before the step.

Micikevicius et al., 2017, [*Mixed precision training*](https://arxiv.org/abs/1710.03740), section 3.2. The rule by which
the factor moves, the method names, the state dict and the errors are those of
[`torch.amp.GradScaler`](https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling).
"""

# --8<-- [start:grad_scaler_imports]
import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch

# --8<-- [end:grad_scaler_imports]
from jaxtyping import Shaped
from torch import Tensor

from reference_impl.optimizers import Optimizer

__all__ = ["GradScaler", "unscale_in_place"]

AnyOptimizer = torch.optim.Optimizer | Optimizer
NOT_SCALED = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."


# --8<-- [start:grad_scaler_unscale]
def unscale_in_place(grads: "list[torch.Tensor]", scale: "torch.Tensor") -> "torch.Tensor":
    """Divide gradients by the scale, in place, and say whether one of them is inf or nan.

    Args:
        grads: gradients of any shape, float32 or another type with its range.
        scale: one number, shape ().

    Returns:
        1.0 if some element was not finite, else 0.0, shape ().

    Raises:
        ValueError: a gradient is float16. Divided in place, it would lose what the scale had saved. No
            gradient is changed then.

    Examples:
        >>> unscale_in_place([torch.ones(2)], torch.tensor(4.0))
        tensor(0.)
    """
    if any(grad.dtype == torch.float16 for grad in grads):
        raise ValueError("Attempting to unscale FP16 gradients.")
    inverse = scale.double().reciprocal().float()
    found = torch.zeros_like(scale)
    for grad in grads:
        values = grad._values() if grad.is_sparse else grad
        found = torch.maximum(found, (~values.isfinite()).any().to(found))
        values.mul_(inverse.to(values.device))
    return found


# --8<-- [end:grad_scaler_unscale]


class GradScaler:
    """Scale losses, unscale gradients, skip the steps that overflow, and find the factor on the way.

    Each step: `scale(loss).backward()`, `step(optimizer)`, `update()`. To clip, call
    `unscale_(optimizer)` before it. An optimizer's step is left out when a gradient is inf or nan.

    Args:
        device: where the scale is kept until the first loss says otherwise.
        init_scale: the first factor.
        growth_factor: what the scale is multiplied by after `growth_interval` good steps in a row.
        backoff_factor: what it is multiplied by after a bad one.
        growth_interval: good steps from one growth to the next.
        enabled: without it nothing is scaled, checked or skipped.

    Raises:
        AssertionError: `growth_factor` is at most 1, or `backoff_factor` at least 1, as in PyTorch.
        ValueError: `init_scale`, `backoff_factor` or `growth_interval` is not a positive, finite number.

    Examples:
        >>> w = torch.ones(1, requires_grad=True)
        >>> optimizer = torch.optim.SGD([w], lr=0.1)
        >>> scaler = GradScaler(init_scale=1024.0)
        >>> scaler.scale((w * float("inf")).sum()).backward()
        >>> scaler.step(optimizer)  # skipped
        >>> scaler.update()
        >>> w.item(), scaler.get_scale()
        (1.0, 512.0)
    """

    def __init__(
        self,
        device: str = "cpu",
        init_scale: int | float = 2.0**16,
        growth_factor: int | float = 2.0,
        backoff_factor: int | float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if enabled and backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._enabled = enabled
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._growth_tracker = growth_interval, 0
        for name, value in {"init_scale": init_scale, "backoff_factor": backoff_factor,
                            "growth_interval": growth_interval}.items():  # fmt: skip  # one row a kind
            if enabled:
                _positive(name, value)
        self._scale = torch.tensor(init_scale, dtype=torch.float32, device=device)
        self._scaled = False  # whether a loss was scaled yet: PyTorch makes its scale only then
        self._found: dict[int, Tensor] = {}  # 1.0 for an optimizer with an inf or a nan
        self._unscaled: set[int] = set()  # those without gradients too
        self._stepped: set[int] = set()

    # --8<-- [start:grad_scaler_scale]
    def scale(self, outputs: Any) -> Any:  # noqa: ANN401 - a tensor, or nested iterables of them
        """Multiply a loss, or each of several, by the scale; what is no list or tuple gives an iterator."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, torch.Tensor):
            self._scale, self._scaled = self._scale.to(outputs.device), True
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, list | tuple) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    # --8<-- [end:grad_scaler_scale]

    # --8<-- [start:grad_scaler_step]
    def unscale_(self, optimizer: "AnyOptimizer") -> None:
        """Divide the gradients of an optimizer's parameters by the scale, once a step.

        Raises:
            RuntimeError: they were unscaled already, or the optimizer has stepped.
            AssertionError: no loss was scaled yet.
            ValueError: a gradient is float16.
        """
        if not self._enabled:
            return
        self._expect_scaled("unscale_")
        if id(optimizer) in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if id(optimizer) in self._unscaled:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        grads = list(_gradients(optimizer))
        if grads:
            self._found[id(optimizer)] = unscale_in_place(grads, self._scale)
        self._unscaled.add(id(optimizer))

    def step(self, optimizer: "AnyOptimizer", *args: "Any", **kwargs: "Any") -> object:  # noqa: ANN401 - handed on
        """Unscale if that was not done, then let the optimizer step, unless a gradient is inf or nan.

        Returns:
            What the optimizer's `step` returns; None if it was skipped.

        Raises:
            RuntimeError: this optimizer has stepped since the last `update`, or a closure is given.
            AssertionError: it had no gradients to unscale, or no loss was scaled yet.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._expect_scaled("step")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._unscaled:
            self.unscale_(optimizer)
        if id(optimizer) not in self._found:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        skip = bool(self._found[id(optimizer)])
        result = None if skip else optimizer.step(*args, **kwargs)
        self._stepped.add(id(optimizer))
        return result

    # --8<-- [end:grad_scaler_step]

    # --8<-- [start:grad_scaler_update]
    def update(self, new_scale: int | float | None = None) -> None:
        """End the step: shrink the scale if any optimizer met an inf or a nan, else count towards growth.

        Args:
            new_scale: set the scale to this instead, for a static one.

        Raises:
            AssertionError: no optimizer has been unscaled since the last `update`, or no loss scaled yet.
            ValueError: `new_scale` is not a positive, finite number.
        """
        if not self._enabled:
            return
        self._expect_scaled("update")
        if new_scale is not None:
            self._scale.fill_(_positive("new_scale", float(new_scale)))
        elif not self._found:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(self._found.values()):
            self._scale = self._times(self._backoff_factor)
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                grown = self._times(self._growth_factor)
                self._scale = grown if grown.isfinite() else self._scale
                self._growth_tracker = 0
        self._found, self._unscaled, self._stepped = {}, set(), set()

    def _times(self, factor: int | float) -> "torch.Tensor":
        return (self._scale.double() * factor).float()  # one rounding, as in PyTorch

    # --8<-- [end:grad_scaler_update]

    def get_scale(self) -> float:
        """Return the factor; 1.0 if scaling is not enabled."""
        return float(self._scale) if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Say whether this object scales anything."""
        return self._enabled

    # --8<-- [start:grad_scaler_state]
    def state_dict(self) -> "dict[str, Any]":
        """Return the scale, how it moves, and the good steps since it last moved; {} if not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: "dict[str, Any]") -> None:
        """Go on from a state dict of this class or of PyTorch's.

        Raises:
            RuntimeError: it is empty, as that of a scaler that is not enabled.
            ValueError: its scale is not a positive, finite number.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled "
                "instance of GradScaler."
            )
        self._scale.fill_(_positive("scale", state_dict["scale"]))
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]

    # --8<-- [end:grad_scaler_state]

    def _expect_scaled(self, name: str) -> None:
        if not self._scaled:
            raise AssertionError(f"Attempted {name} but _scale is None.  {NOT_SCALED}")


def _gradients(optimizer: AnyOptimizer) -> Iterator[Shaped[Tensor, "..."]]:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                yield parameter.grad


def _positive(name: str, value: int | float) -> int | float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"expected {name} to be a positive, finite number, got {value}")
    return value
