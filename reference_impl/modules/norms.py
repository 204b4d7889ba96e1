r"""Normalisation layers: subtract a mean, divide by a root mean square, scale and shift.

They differ in what is averaged together. BatchNorm averages over the batch, one mean per channel
(Ioffe and Szegedy, [*Batch Normalization*](https://arxiv.org/abs/1502.03167), algorithm 1). LayerNorm
averages inside one sample (Ba, Kiros and Hinton, [*Layer Normalization*](https://arxiv.org/abs/1607.06450)).
RMSNorm leaves the mean out (Zhang and Sennrich,
[*Root Mean Square Layer Normalization*](https://arxiv.org/abs/1910.07467), equation 4).
Their $\gamma$ and $\beta$ are `weight` and `bias` here, as in PyTorch.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import Parameter

from reference_impl.modules.module import Module

Values = Float[Tensor, "*shape"]


# --8<-- [start:standardise]
def moments(x: "Tensor", dims: list[int]) -> "tuple[Tensor, Tensor]":
    """Return the mean over some dimensions, and the mean square distance from it (biased)."""
    mean = x.mean(dims, keepdim=True)
    return mean, (x - mean).square().mean(dims, keepdim=True)


def standardise(x: "Tensor", mean: "Tensor", var: "Tensor", eps: float) -> "Tensor":
    """Return x less its mean, over the root of its variance; eps keeps the root away from 0."""
    return (x - mean) * (var + eps).rsqrt()


# --8<-- [end:standardise]


def widened(x: Tensor) -> Tensor:
    """Return x in the dtype in which sums are taken: float32 for the 16-bit types."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def check_dtypes(x: Tensor, *tensors: Tensor | None) -> None:
    """Raise where a parameter or buffer is neither of the input's dtype nor of that of its sums."""
    for tensor in tensors:
        if tensor is not None and tensor.dtype not in (x.dtype, widened(x[:0]).dtype):
            raise RuntimeError(
                f"expected parameters and buffers of dtype {x.dtype}, the input's"
                f"{', or torch.float32' if x.dtype.itemsize == 2 else ''}, got {tensor.dtype}"
            )


class _BatchNorm(Module):
    """What all BatchNorms share: one mean and one variance for each channel, dimension 1.

    In training they are those of the batch, and the running statistics move towards them. In
    evaluation they are the running statistics, if they are tracked.
    """

    _version = 2  # state dicts of version 1 had no num_batches_tracked
    _ranks: tuple[int, ...] = ()
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    # --8<-- [start:batch_norm_init]
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        one, zero = torch.ones(num_features), torch.zeros(num_features)
        self.register_parameter("weight", Parameter(one) if affine else None)
        self.register_parameter("bias", Parameter(zero) if affine else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", zero.clone() if tracked else None)
        self.register_buffer("running_var", one.clone() if tracked else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if tracked else None)

    # --8<-- [end:batch_norm_init]

    def reset_running_stats(self) -> None:
        """Forget what the running statistics have seen."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set weight to 1 and bias to 0, and forget the running statistics."""
        self.reset_running_stats()
        with torch.no_grad():
            if self.weight is not None:
                self.weight.fill_(1)
            if self.bias is not None:
                self.bias.zero_()

    # --8<-- [start:batch_norm_forward]
    def forward(self, x: "Values") -> "Values":
        """Return the input normalised, channel by channel; in training, move the running statistics.

        Raises:
            ValueError: the input has the wrong rank, or in training a channel has one value or eps is 0.
            RuntimeError: the number of channels or a dtype does not fit.
        """
        self._check(x)
        others = [d for d in range(x.dim()) if d != 1]
        shape = [-1 if d == 1 else 1 for d in range(x.dim())]
        wide = widened(x)
        if self.training or self.running_mean is None or self.running_var is None:
            mean, var = moments(wide, others)
            if self.training:
                self._track(mean.detach(), var.detach(), count=x.numel() // x.shape[1])
        else:
            mean, var = self.running_mean.view(shape), self.running_var.view(shape)
        out = standardise(wide, mean, var, self.eps)
        if self.weight is not None:
            out = out * self.weight.view(shape)
        if self.bias is not None:
            out = out + self.bias.view(shape)
        return out.to(x.dtype)

    # --8<-- [end:batch_norm_forward]

    # --8<-- [start:batch_norm_track]
    def _track(self, mean: "Tensor", var: "Tensor", count: int) -> None:
        """Move the running statistics towards those of this batch; no gradient is involved."""
        if not self.track_running_stats:
            return
        seen, factor = self.num_batches_tracked, self.momentum
        if seen is not None:
            seen.add_(1)
        if factor is None:  # the plain average over all batches so far
            factor = 0.0 if seen is None else 1.0 / int(seen)
        unbiased = var * (count / (count - 1))
        for running, new in ((self.running_mean, mean), (self.running_var, unbiased)):
            if running is not None:
                running.copy_((1 - factor) * running.to(new.dtype) + factor * new.flatten())

    # --8<-- [end:batch_norm_track]

    def _check(self, x: Tensor) -> None:
        if x.dim() not in self._ranks:
            expected = " or ".join(f"{rank}D" for rank in self._ranks)
            raise ValueError(f"expected {expected} input (got {x.dim()}D input)")
        if x.shape[1] != self.num_features:
            raise RuntimeError(
                f"expected {self.num_features} channels in dimension 1, got {x.shape[1]} "
                f"in an input of shape {tuple(x.shape)}"
            )
        check_dtypes(x, self.weight, self.bias, self.running_mean, self.running_var)
        if self.training and self.eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {self.eps}")
        if x.numel() <= x.shape[1] and (self.training or self.running_mean is None):
            raise ValueError(
                f"Expected more than 1 value per channel when training, got input size {x.size()}"
            )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        *rest: Any,  # noqa: ANN401 - handed on as they are
    ) -> None:
        count = self.num_batches_tracked
        if count is not None and (local_metadata.get("version") or 0) < 2:
            state_dict.setdefault(f"{prefix}num_batches_tracked", count)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def extra_repr(self) -> str:
        """Return the settings, as PyTorch names them."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Normalise each channel of `(batch, channels)` or `(batch, channels, length)` over the rest.

    Unlike PyTorch's, it refuses an empty batch in training, which has no mean.

    Args:
        num_features: the number of channels, the size of dimension 1.
        eps: added to the variance.
        momentum: the share of the new batch in the running statistics; `None` for a plain average.
        affine: whether there are a weight and a bias.
        track_running_stats: whether there are running statistics; without them, evaluation too
            uses those of the batch.

    >>> norm = BatchNorm1d(1)
    >>> norm(torch.tensor([[1.0], [3.0]])).round(decimals=2).tolist()
    [[-1.0], [1.0]]
    >>> norm.running_mean.item(), norm.running_var.item()  # a tenth of the way to 2 and 2
    (0.20000000298023224, 1.100000023841858)
    """

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Normalise each channel of `(batch, channels, height, width)` over the rest.

    The arguments are those of [`BatchNorm1d`][reference_impl.modules.BatchNorm1d].

    >>> norm = BatchNorm2d(3)
    >>> y = norm(torch.arange(48.0).reshape(1, 3, 4, 4))
    >>> y.shape, bool(y.mean([0, 2, 3]).abs().max() < 1e-6)
    (torch.Size([1, 3, 4, 4]), True)
    """

    _ranks = (4,)


class _SampleNorm(Module):
    """What LayerNorm and RMSNorm share: they average over the last dimensions, sample by sample."""

    weight: Parameter | None
    bias: Parameter | None

    def __init__(self, normalized_shape: int | Sequence[int], affine: bool, bias: bool) -> None:
        super().__init__()
        shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        if not shape:
            raise RuntimeError("normalized_shape must name at least one dimension, got ()")
        self.normalized_shape, self.elementwise_affine = shape, affine
        self.register_parameter("weight", Parameter(torch.ones(shape)) if affine else None)
        if bias:
            self.register_parameter("bias", Parameter(torch.zeros(shape)) if affine else None)

    def reset_parameters(self) -> None:
        """Set weight to 1 and bias, where there is one, to 0."""
        with torch.no_grad():
            for name, p in self.named_parameters():
                p.fill_(float(name == "weight"))

    def _dimensions(self, x: Tensor) -> list[int]:
        """Return the dimensions averaged over; raise if the input does not end in them."""
        count = len(self.normalized_shape)
        if tuple(x.shape[-count:]) != self.normalized_shape:
            raise RuntimeError(
                f"Given normalized_shape={list(self.normalized_shape)}, expected an input whose last "
                f"dimensions are that, got an input of shape {list(x.shape)}"
            )
        return list(range(-count, 0))

    def extra_repr(self) -> str:
        """Return the settings, as PyTorch names them."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class LayerNorm(_SampleNorm):
    """Normalise each sample over its last dimensions. Training and evaluation are the same.

    Args:
        normalized_shape: the sizes of the dimensions averaged over, or the one size.
        eps: added to the variance.
        elementwise_affine: whether there is a weight, of that shape.
        bias: whether there is a bias too.

    >>> LayerNorm(2)(torch.tensor([[1.0, 3.0], [10.0, 30.0]])).round(decimals=2).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    eps: float

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, bias)
        self.eps = eps
        if not bias:
            self.register_parameter("bias", None)

    # --8<-- [start:layer_norm_forward]
    def forward(self, x: "Values") -> "Values":
        """Return the input normalised over its last dimensions.

        Raises:
            RuntimeError: the input does not end in `normalized_shape`, or a dtype does not fit.
        """
        last = self._dimensions(x)
        check_dtypes(x, self.weight, self.bias)
        wide = widened(x)
        out = standardise(wide, *moments(wide, last), self.eps)
        if self.weight is not None:
            out = out * self.weight
        if self.bias is not None:
            out = out + self.bias
        return out.to(x.dtype)

    # --8<-- [end:layer_norm_forward]


class RMSNorm(_SampleNorm):
    """Divide each sample by its root mean square; no mean is subtracted and there is no bias.

    Args:
        normalized_shape: the sizes of the dimensions averaged over, or the one size.
        eps: added to the mean square; `None` for the machine epsilon of the dtype of the sums.
        elementwise_affine: whether there is a weight, of that shape.

    >>> RMSNorm(2, elementwise_affine=False)(torch.tensor([3.0, 3.0])).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, bias=False)
        self.eps = eps

    # --8<-- [start:rms_norm_forward]
    def forward(self, x: "Values") -> "Values":
        """Return the input over its root mean square.

        Raises:
            RuntimeError: the input does not end in `normalized_shape`.
        """
        last = self._dimensions(x)
        wide = widened(x)
        eps = torch.finfo(wide.dtype).eps if self.eps is None else self.eps
        out = standardise(wide, torch.zeros(()), wide.square().mean(last, keepdim=True), eps)
        if self.weight is not None:
            out = out * self.weight
        return out.to(x.dtype)

    # --8<-- [end:rms_norm_forward]
