"""Exponential moving averages: of values that come one by one, and of a model's weights.

Polyak and Juditsky, [*Acceleration of stochastic approximation by
averaging*](https://doi.org/10.1137/0330046) (1992), average all weights of a run equally; the
exponential average forgets the old ones. The correction for a start at zero is section 3 of
[Kingma and Ba](https://arxiv.org/abs/1412.6980).
"""

import copy
import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch

# --8<-- [start:imports]
from torch import Tensor, nn

# --8<-- [end:imports]


# --8<-- [start:half_life]
def half_life(decay: float) -> float:
    """Return after how many updates a value's weight in the average has halved.

    >>> round(half_life(0.999), 1)
    692.8
    """
    if not 0 < decay < 1:
        raise ValueError(f"expected a decay between 0 and 1, got {decay}")
    return math.log(0.5) / math.log(decay)


def decay_for(half_life: float) -> float:
    """Return the decay whose half-life is this many updates.

    >>> round(decay_for(10.0), 4)
    0.933
    """
    if not half_life > 0:
        raise ValueError(f"expected a half-life above 0, got {half_life}")
    return float(0.5 ** (1 / half_life))


# --8<-- [end:half_life]


# --8<-- [start:ema]
class ExponentialMovingAverage:
    """An average in which a value that is n updates old weighs `decay**n`.

    Args:
        decay: the weight of the old average in each update.
        bias_correction: start at zero and divide by `1 - decay**n`, as Adam does. Otherwise the
            first value is the first average.

    >>> mean = ExponentialMovingAverage(0.9, bias_correction=True)
    >>> [round(mean.update(x), 2) for x in (1.0, 1.0, 4.0)]
    [1.0, 1.0, 2.11]
    """

    def __init__(self, decay: float, bias_correction: bool = False) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"expected a decay in [0, 1), got {decay}")
        self.decay, self.bias_correction, self.updates = decay, bias_correction, 0
        self.raw: Any = None

    @property
    def value(self) -> "Any":  # noqa: ANN401 - a number or a tensor, as the values are
        """The average so far; `None` before the first update."""
        if self.raw is None or not self.bias_correction:
            return self.raw
        return self.raw / (1 - self.decay**self.updates)

    def update(self, value: "Any") -> "Any":  # noqa: ANN401 - a number or a tensor
        """Take in a number or a tensor and return the new average."""
        new = value.detach().clone() if isinstance(value, Tensor) else value
        if self.raw is None:
            self.raw = new * (1 - self.decay) if self.bias_correction else new
        else:
            self.raw = self.decay * self.raw + (1 - self.decay) * new
        self.updates += 1
        return self.value


# --8<-- [end:ema]


# --8<-- [start:averaged_weights]
class AveragedWeights(nn.Module):
    """A copy of a model whose weights are an exponential moving average of the model's.

    The state dict has the keys of `torch.optim.swa_utils.AveragedModel`.

    Args:
        model: the model to copy.
        decay: the weight of the old average in each update.
        use_buffers: average the buffers as well; otherwise the model's are copied.

    >>> from torch import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = AveragedWeights(model, decay=0.5)
    >>> for value in (0.0, 1.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update_parameters(model)
    >>> average.module.weight.item()
    0.5
    """

    n_averaged: Tensor

    def __init__(self, model: nn.Module, decay: float = 0.999, use_buffers: bool = False) -> None:
        super().__init__()
        if not 0 <= decay <= 1:
            raise ValueError(f"expected a decay in [0, 1], got {decay}")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", torch.tensor(0, dtype=torch.long))
        self.decay = decay
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the model takes and returns
        """Call the averaged model."""
        return self.module(*args, **kwargs)

    def _averaged(self, model: nn.Module) -> Iterator[Tensor]:
        return itertools.chain(model.parameters(), model.buffers() if self.use_buffers else ())

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Move each weight a little towards the model's: the first time, all the way.

        Raises:
            ValueError: the model has other tensors than the one that was copied.
        """
        pairs = list(zip(self._averaged(self.module), self._averaged(model), strict=True))
        for average, current in pairs:
            if average.shape != current.shape:
                raise ValueError(
                    f"expected a tensor of shape {tuple(average.shape)}, "
                    f"got {tuple(current.shape)}: is it another model?"
                )
        for average, current in pairs:
            current = current.to(average.device)
            if self.n_averaged == 0:
                average.copy_(current)
            elif average.is_floating_point():
                average.lerp_(current.to(average.dtype), 1 - self.decay)
            else:
                average.copy_(average * self.decay + current * (1 - self.decay))
        if not self.use_buffers:
            for copied, buffer in zip(self.module.buffers(), model.buffers(), strict=True):
                copied.copy_(buffer)
        self.n_averaged += 1


# --8<-- [end:averaged_weights]
