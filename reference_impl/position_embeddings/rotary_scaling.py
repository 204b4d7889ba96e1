"""The frequencies of rotary embeddings: the plain ones, and five ways to stretch them to longer texts."""

# --8<-- [start:imports]
import math
from dataclasses import dataclass

import torch
from torch import Tensor

# --8<-- [end:imports]


# --8<-- [start:frequencies]
def frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """The angle, in radians, that each pair of a vector of `dim` numbers turns by per position.

    Args:
        dim: How many numbers are turned: an even number.
        base: The last pair is slower than the first by nearly this factor.

    Raises:
        ValueError: If `dim` is odd or less than 2, or `base` is not above 1.

    >>> frequencies(4, base=100.0)
    tensor([1.0000, 0.1000])
    """
    if dim < 2 or dim % 2:
        raise ValueError(f"expected an even rotary dimension of at least 2, got {dim}")
    if not base > 1:
        raise ValueError(f"expected a base above 1, got {base}")
    return 1.0 / base ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim)


# --8<-- [end:frequencies]


def _check_length(original_length: int) -> None:
    if original_length < 1:
        raise ValueError(f"expected an original length of at least 1, got {original_length}")


@dataclass(frozen=True)
class RotaryScaling:
    """What all scalings share: a factor, by which the text may grow, and the frequencies to use then.

    This one changes nothing but checks the factor; the others override `frequencies`.

    Attributes:
        factor: New length over trained length, at least 1.

    >>> RotaryScaling(2.0).frequencies(4, 100.0, length=10)
    tensor([1.0000, 0.1000])
    """

    factor: float

    def __post_init__(self) -> None:
        if not (self.factor >= 1 and math.isfinite(self.factor)):
            raise ValueError(f"expected a finite factor of at least 1, got {self.factor}")

    @property
    def attention_factor(self) -> float:
        """What cosines and sines are multiplied by: a score gets its square."""
        return 1.0

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """The frequencies for a text of `length` tokens."""
        return frequencies(dim, base)


@dataclass(frozen=True)
class LinearScaling(RotaryScaling):
    """Position interpolation: all pairs turn slower by the factor, as if positions were divided by it.

    >>> LinearScaling(2.0).frequencies(4, 100.0, length=10)
    tensor([0.5000, 0.0500])
    """

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """The plain frequencies, each divided by the factor."""
        return frequencies(dim, base) / self.factor


@dataclass(frozen=True)
class NTKScaling(RotaryScaling):
    """NTK-aware: a larger base. The fastest pair stays as it is, the slowest slows down by the factor.

    >>> NTKScaling(2.0).frequencies(4, 100.0, length=10)
    tensor([1.0000, 0.0500])
    """

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """The plain frequencies of the base `base * factor ** (dim / (dim - 2))`."""
        return _larger_base(dim, base, self.factor)


@dataclass(frozen=True)
class DynamicNTKScaling(RotaryScaling):
    """Dynamic NTK: the base grows only as the text outgrows the trained length.

    Attributes:
        factor: New length over trained length, at least 1.
        original_length: The length the model was trained with.

    >>> scaling = DynamicNTKScaling(2.0, original_length=10)
    >>> scaling.frequencies(4, 100.0, length=10)
    tensor([1.0000, 0.1000])
    >>> scaling.frequencies(4, 100.0, length=20)
    tensor([1.0000, 0.0333])
    """

    original_length: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_length(self.original_length)

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """The frequencies with the factor that belongs to `length`; plain up to `original_length`."""
        length = max(length, self.original_length)
        return _larger_base(
            dim, base, self.factor * length / self.original_length - (self.factor - 1)
        )


@dataclass(frozen=True)
class YaRNScaling(RotaryScaling):
    """YaRN: fast pairs stay, slow ones are interpolated, a ramp lies between; and scores are raised.

    Attributes:
        factor: New length over trained length, at least 1.
        original_length: The length the model was trained with.
        beta_fast: Pairs with more full turns than this in the trained length stay as they are.
        beta_slow: Pairs with fewer full turns than this are slowed down by the factor.

    >>> YaRNScaling(4.0, original_length=64).frequencies(8, 100.0, length=256)
    tensor([1.0000, 0.2372, 0.0500, 0.0079])
    >>> round(YaRNScaling(4.0, original_length=64).attention_factor, 4)
    1.1386
    """

    original_length: int
    beta_fast: float = 32.0
    beta_slow: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_length(self.original_length)
        if not self.beta_fast > self.beta_slow > 0:
            raise ValueError(
                "expected beta_fast above beta_slow above 0, "
                f"got beta_fast {self.beta_fast} and beta_slow {self.beta_slow}"
            )

    @property
    def attention_factor(self) -> float:
        """The root of YaRN's 1/t: `0.1 ln(factor) + 1`."""
        return 0.1 * math.log(self.factor) + 1.0

    # --8<-- [start:yarn_ramp]
    def interpolated_share(self, dim: int, base: float) -> Tensor:
        """For each pair, how far it has gone from staying as it is (0) to full interpolation (1)."""

        def pair_that_turns(times: float) -> float:
            wavelength = self.original_length / times
            return dim * math.log(wavelength / (2 * math.pi)) / (2 * math.log(base))

        # Rounded outwards and clamped as in the authors' code.
        low = max(math.floor(pair_that_turns(self.beta_fast)), 0)
        high = min(math.ceil(pair_that_turns(self.beta_slow)), dim - 1)
        width = high - low or 0.001
        return ((torch.arange(dim // 2, dtype=torch.float32) - low) / width).clamp(0, 1)

    # --8<-- [end:yarn_ramp]

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """A mix, pair by pair, of the plain frequencies and the divided ones."""
        plain = frequencies(dim, base)
        share = self.interpolated_share(dim, base)
        return plain / self.factor * share + plain * (1 - share)


@dataclass(frozen=True)
class Llama3Scaling(RotaryScaling):
    """Llama 3.1's: as YaRN in three zones, with a ramp over the number of turns and no raised scores.

    Attributes:
        factor: New length over trained length, at least 1.
        original_length: The length the model was trained with.
        low: Pairs with fewer turns than this in the trained length are slowed down by the factor.
        high: Pairs with more turns than this stay as they are.

    >>> Llama3Scaling(4.0, original_length=64).frequencies(8, 100.0, length=256)
    tensor([1.0000, 0.2546, 0.0255, 0.0079])
    """

    original_length: int
    low: float = 1.0
    high: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_length(self.original_length)
        if not self.high > self.low > 0:
            raise ValueError(
                f"expected high above low above 0, got high {self.high} and low {self.low}"
            )

    def frequencies(self, dim: int, base: float, length: int) -> Tensor:
        """A mix, pair by pair, by the number of full turns in `original_length`."""
        plain = frequencies(dim, base)
        turns = self.original_length * plain / (2 * math.pi)
        keep = ((turns - self.low) / (self.high - self.low)).clamp(0, 1)
        return plain / self.factor * (1 - keep) + plain * keep


def _larger_base(dim: int, base: float, factor: float) -> Tensor:
    if dim == 2:
        # The only pair is the fastest: its frequency is 1 with any base, and dim - 2 would divide by 0.
        return frequencies(dim, base)
    return frequencies(dim, base * factor ** (dim / (dim - 2)))
