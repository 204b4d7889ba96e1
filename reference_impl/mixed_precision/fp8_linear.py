"""Training in FP8: scales from the steps before, recipes, and a linear layer with three products in 8 bits."""

from dataclasses import dataclass

# --8<-- [start:fp8_linear_imports]
from typing import Any, Literal, cast, get_args

import torch

# --8<-- [end:fp8_linear_imports]
from jaxtyping import Float
from torch import Tensor, nn

from reference_impl.mixed_precision.formats import FloatFormat, float_format
from reference_impl.mixed_precision.fp8 import (
    DTYPES,
    ScaledFp8,
    amax_scale,
    fp8_product,
    is_at_hand,
    quantise_fp8,
    real_fp8_product,
)

__all__ = ["AmaxHistory", "Fp8Linear", "Fp8Recipe", "convert_linears"]

Scaling = Literal["none", "tensor", "delayed", "row", "block"]


class AmaxHistory(nn.Module):
    """The largest magnitudes of the last steps, from which the next scale is guessed.

    Args:
        length: steps it remembers.

    Raises:
        ValueError: the length is not positive.

    Source:
        NVIDIA, [*Transformer Engine*](https://docs.nvidia.com/deeplearning/transformer-engine/user-guide/api/common.html),
        `DelayedScaling`.

    Examples:
        >>> history = AmaxHistory(2)
        >>> for x in (torch.tensor([448.0]), torch.tensor([44.8]), torch.tensor([4.48])):
        ...     history.record(x)
        >>> history.scale(float_format("e4m3"))
        tensor(0.1000)
    """

    amax: Tensor
    recorded: Tensor

    def __init__(self, length: int) -> None:
        super().__init__()
        if length < 1:
            raise ValueError(f"expected a history of at least one step, got {length}")
        self.register_buffer("amax", torch.zeros(length))
        self.register_buffer("recorded", torch.tensor(0))

    def record(self, x: "torch.Tensor") -> None:
        """Note the largest magnitude of a tensor, in place of the oldest.

        Args:
            x: any shape.
        """
        if not x.numel():
            return
        amax = x.detach().abs().amax().float()
        if is_at_hand(amax) and not amax.isfinite():
            raise ValueError("expected finite numbers to record, got inf or NaN")
        place = self.recorded % len(self.amax)
        # On a GPU nobody looks: what is not finite is not remembered.
        self.amax[place] = torch.where(amax.isfinite(), amax, self.amax.amax())
        self.recorded += 1

    def scale(self, fmt: "FloatFormat") -> "torch.Tensor":
        """Return the scale for the largest magnitude remembered, ().

        Args:
            fmt: the format to fill.

        Raises:
            ValueError: nothing was recorded, or something not finite.
        """
        if self.recorded == 0:
            raise ValueError("expected a recorded step before the first scale, got none")
        return amax_scale(self.amax.amax(), fmt)

    def quantise(self, x: Tensor, fmt: FloatFormat) -> ScaledFp8:
        """Return a tensor in 8 bits with the scale of the steps before; the first time with its own.

        Args:
            x: any shape; its magnitude is recorded for later.
            fmt: `e4m3` or `e5m2`.
        """
        first = self.recorded == 0
        scale = None if first else self.scale(fmt)
        self.record(x)
        return quantise_fp8(x, fmt, scale=scale)


@dataclass(frozen=True)
class Fp8Recipe:
    """How a linear layer uses 8 bits.

    Attributes:
        scaling: `none`, or what shares a scale; `delayed` is one for the tensor, from the steps before.
        forward: format of inputs and weights.
        backward: format of gradients.
        block: numbers that share a scale in `block`.
        history: steps that `delayed` remembers.
        real: whether `torch._scaled_mm` multiplies, which is called without blocks here.

    Raises:
        ValueError: an unknown scaling or format, or real blocks.

    Examples:
        >>> Fp8Recipe("row").backward
        'e5m2'
    """

    scaling: Scaling = "tensor"
    forward: str = "e4m3"
    backward: str = "e5m2"
    block: int = 32
    history: int = 16
    real: bool = False

    def __post_init__(self) -> None:
        if self.scaling not in get_args(Scaling):
            raise ValueError(
                f"expected scaling of {', '.join(get_args(Scaling))}, got {self.scaling!r}"
            )
        for name in (self.forward, self.backward):
            if float_format(name).name not in DTYPES:
                raise ValueError(f"expected a format of {', '.join(DTYPES)}, got {name}")
        if self.real and self.scaling == "block":
            raise ValueError(
                "expected real=False with scaling block: torch._scaled_mm is called without blocks"
            )

    def both_ways(
        self, x: Tensor, name: str, history: AmaxHistory, turn: bool = True
    ) -> tuple[ScaledFp8, ScaledFp8]:
        """Return a matrix in 8 bits for sums over its columns, and its transpose for sums over its rows.

        Args:
            x: (rows, columns).
            name: of the format.
            history: used and updated by `delayed`.
            turn: whether the transpose is needed; without it, the matrix comes back in its place.
        """
        fmt = float_format(name)
        if self.scaling == "row" or self.scaling == "block":
            one = quantise_fp8(x, fmt, self.scaling, self.block)
            if not turn:
                return one, one
            return one, quantise_fp8(x.t().contiguous(), fmt, self.scaling, self.block)
        if self.scaling == "delayed":
            one = history.quantise(x, fmt)
        else:
            unit = torch.ones((), device=x.device) if self.scaling == "none" else None
            one = quantise_fp8(x, fmt, scale=unit)
        return one, one.t() if turn else one

    def multiply(self, a: ScaledFp8, b: ScaledFp8, dtype: torch.dtype) -> Tensor:
        """Return a @ b.T, summed in float32.

        Args:
            a: (m, k).
            b: (n, k).
            dtype: of the result; a real product knows float32 and 16 bits.
        """
        out = real_fp8_product(a, b, dtype) if self.real else fp8_product(a, b)
        # Not `to` alone: the compiler of PyTorch 2.11 takes a result that `to` leaves as it is for a constant.
        return out if out.dtype == dtype else out.to(dtype)


# --8<-- [start:fp8_function]
class _Fp8Matmul(torch.autograd.Function):
    """x @ weight.T: three products in 8 bits, one forward and two backward."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - autograd's own
        x: "torch.Tensor",
        weight: "torch.Tensor",
        layer: "Fp8Linear",
        turn: "bool",
    ) -> "torch.Tensor":
        recipe = layer.recipe
        x8, x8_turned = recipe.both_ways(x, recipe.forward, layer.input_history, turn)
        w8, w8_turned = recipe.both_ways(weight, recipe.forward, layer.weight_history, turn)
        ctx.save_for_backward(*x8_turned, *w8_turned)  # a byte for each number
        ctx.layer = layer
        return recipe.multiply(x8, w8, x.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: "torch.Tensor") -> "tuple[torch.Tensor | None, ...]":  # noqa: ANN401 - likewise
        recipe, saved = ctx.layer.recipe, ctx.saved_tensors
        x8, w8 = ScaledFp8(*saved[:2]), ScaledFp8(*saved[2:])
        g8, g8_turned = recipe.both_ways(grad, recipe.backward, ctx.layer.grad_history)
        grad_x = recipe.multiply(g8, w8, grad.dtype)  # sums over the outputs
        grad_weight = recipe.multiply(g8_turned, x8, ctx.layer.weight.dtype)  # sums over the rows
        return grad_x, grad_weight, None, None


# --8<-- [end:fp8_function]


class Fp8Linear(nn.Linear):
    """A linear layer that multiplies in 8 bits; parameters and sums are in full precision.

    Args:
        in_features: size of an input.
        out_features: size of an output.
        bias: whether there is one; it is added in the dtype of the result.
        recipe: formats and scales.

    Examples:
        >>> _ = torch.manual_seed(0)
        >>> layer, x = Fp8Linear(32, 16), torch.randn(4, 32)
        >>> exact = nn.functional.linear(x, layer.weight, layer.bias)
        >>> bool((layer(x) - exact).abs().max() < 0.1)
        True
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        recipe: Fp8Recipe | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias)
        self.recipe = recipe or Fp8Recipe()
        self.input_history = AmaxHistory(self.recipe.history)
        self.weight_history = AmaxHistory(self.recipe.history)
        self.grad_history = AmaxHistory(self.recipe.history)

    def forward(self, input: Float[Tensor, "... i"]) -> Float[Tensor, "... o"]:  # noqa: A002 - nn.Linear's name
        """Return input @ weight.T + bias.

        Args:
            input: (..., in_features).

        Raises:
            ValueError: something is not finite, or not in whole blocks.
        """
        if not input.numel():  # nothing to scale
            return nn.functional.linear(input, self.weight, self.bias)
        rows = input.reshape(-1, self.in_features)
        if torch.is_autocast_enabled(rows.device.type):  # then a linear layer returns 16 bits
            rows = rows.to(torch.get_autocast_dtype(rows.device.type))
        out = cast("Tensor", _Fp8Matmul.apply(rows, self.weight, self, torch.is_grad_enabled()))  # type: ignore[no-untyped-call]  # torch's
        out = out.view(*input.shape[:-1], self.out_features)
        return out if self.bias is None else out + self.bias.to(out.dtype)


def convert_linears(model: nn.Module, recipe: Fp8Recipe) -> int:
    """Replace each `nn.Linear` of a model by an `Fp8Linear` with the same parameters.

    Args:
        model: is changed.
        recipe: formats and scales.

    Returns:
        How many were replaced.

    Examples:
        >>> convert_linears(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), Fp8Recipe())
        2
    """
    found = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear
    ]
    for parent, name, old in found:
        with torch.random.fork_rng(devices=[]):  # its first weights are not kept: no draw is lost
            new = Fp8Linear(old.in_features, old.out_features, old.bias is not None, recipe)
        new.weight, new.bias = old.weight, old.bias  # the same: an optimizer may hold them
        setattr(parent, name, new.to(old.weight.device))
    return len(found)
