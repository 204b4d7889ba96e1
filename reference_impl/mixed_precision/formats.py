r"""Floating-point formats: which numbers a few bits can stand for, and how others are rounded to them.

A code is read as sign, exponent field $E$ and fraction field $F$ of $m$ bits:

- $E > 0$, a *normal* number: $2^{E - bias} (1 + F / 2^m)$;
- $E = 0$, a *subnormal*: $2^{1 - bias} \cdot F / 2^m$, with the spacing of the smallest normal numbers.

IEEE 754 keeps the largest exponent field for infinities and NaNs. The OCP formats below keep less.
"""

from dataclasses import dataclass
from typing import Literal

# --8<-- [start:formats_imports]
import torch

# --8<-- [end:formats_imports]
from jaxtyping import Float, Integer
from torch import Tensor

__all__ = ["FORMATS", "FloatFormat", "float_format", "stochastic_round"]


@dataclass(frozen=True)
class FloatFormat:
    """A floating-point format with at most 32 bits.

    Attributes:
        name: what it is called here.
        exponent_bits: width of the exponent field.
        mantissa_bits: width of the fraction field.
        bias: what is subtracted from the exponent field.
        specials: `ieee`, the largest exponent field is for infinities and NaNs; `nan`, only the code of all ones is
            special, a NaN; `none`, every code is a number.
        saturates: whether too large a number becomes the largest one by default, as in PyTorch's cast; if not, an
            infinity, or NaN where there is none.
        signed: whether there is a sign bit. Without one there is no zero either: the code 0 is a power of two.

    Examples:
        >>> half = FloatFormat("half", exponent_bits=5, mantissa_bits=10, bias=15)
        >>> half.max, half.smallest_normal == 2**-14, half.smallest == 2**-24, half.epsilon == 2**-10
        (65504.0, True, True, True)
        >>> half.decode(half.encode(torch.tensor([0.1, 1e-8, 1e6])))
        tensor([0.1000, 0.0000,    inf], dtype=torch.float64)
    """

    name: str
    exponent_bits: int
    mantissa_bits: int
    bias: int
    specials: Literal["ieee", "nan", "none"] = "ieee"
    saturates: bool = False
    signed: bool = True

    @property
    def bits(self) -> int:
        """The width of a code."""
        return self.exponent_bits + self.mantissa_bits + self.signed

    @property
    def max_code(self) -> int:
        """The code of the largest finite number."""
        every: int = 2 ** (self.exponent_bits + self.mantissa_bits) - 1
        taken = {"ieee": 1 << self.mantissa_bits, "nan": 1, "none": 0}[self.specials]
        return every - taken

    @property
    def nan_code(self) -> int | None:
        """The code that a NaN is written as, or `None`."""
        if self.specials == "none":
            return None
        if self.specials == "ieee":
            return self.max_code + 1 + (1 << self.mantissa_bits >> 1)
        return self.max_code + 1

    @property
    def max(self) -> float:
        """The largest finite number."""
        if not self.signed:
            return float(2.0 ** (self.max_code - self.bias))
        # In Python numbers: a compiler can't look into a tensor.
        exponent, fraction = divmod(self.max_code, 2**self.mantissa_bits)
        return float(2.0 ** (exponent - self.bias) * (1 + fraction * self.epsilon))

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision."""
        return 2.0 ** (1 - self.bias) if self.signed else self.smallest

    @property
    def smallest(self) -> float:
        """The smallest positive number: a subnormal, where there are any."""
        if not self.signed:
            return 2.0**-self.bias
        return 2.0 ** (1 - self.bias - self.mantissa_bits)

    @property
    def epsilon(self) -> float:
        """The spacing just above 1."""
        return 2.0**-self.mantissa_bits

    def decode(self, codes: Integer[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return the numbers that codes stand for, in float64, where all of them are exact.

        Args:
            codes: (...), any integer dtype; bits above the format's are ignored.
        """
        codes = codes.long()
        exponent = (codes >> self.mantissa_bits) & (2**self.exponent_bits - 1)
        fraction = codes & (2**self.mantissa_bits - 1)
        hidden = (exponent > 0) * 2**self.mantissa_bits
        power = exponent.clamp(min=1) - self.bias - self.mantissa_bits
        x = torch.ldexp((hidden + fraction).double(), power)
        if not self.signed:
            x = torch.ldexp(torch.ones_like(x), exponent - self.bias)
        magnitude = codes & (2 ** (self.exponent_bits + self.mantissa_bits) - 1)
        x = x.masked_fill(magnitude > self.max_code, torch.nan)
        if self.specials == "ieee":
            x = x.masked_fill(magnitude == self.max_code + 1, torch.inf)
        negative = self.signed & (codes >> (self.bits - 1) & 1).bool()
        return torch.where(negative, -x, x)

    def encode(
        self, x: Float[Tensor, "..."], saturate: bool | None = None
    ) -> Integer[Tensor, "..."]:
        """Return the codes of the nearest numbers, in int64.

        Of two that are equally near, the one with an even code is taken. An unsigned format drops the sign, and what
        is below its smallest number becomes that.

        Args:
            x: (...), of a floating dtype up to float64.
            saturate: whether too large a number, an infinity included, becomes the largest; default `saturates`.

        Raises:
            TypeError: x is not of a floating dtype.
            ValueError: x has a NaN, and the format has none.
        """
        return self._encode(x, saturate, noise=None)

    def round(self, x: Float[Tensor, "..."], saturate: bool | None = None) -> Float[Tensor, "..."]:
        """Return the nearest numbers of the format, in the dtype of x.

        Args:
            x: (...), of a dtype that holds the format's numbers.
            saturate: as in `encode`.

        Raises:
            TypeError: x is not of a floating dtype.
            ValueError: x has a NaN, and the format has none.

        Examples:
            >>> float_format("bf16").round(torch.tensor([1 + 2**-8, 1 + 3 * 2**-8]))
            tensor([1.0000, 1.0156])
        """
        return self.decode(self.encode(x, saturate)).to(x.dtype)

    def spacing(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Return the distance from the number at or below |x| to the next one, in float64.

        Args:
            x: (...), finite.

        Examples:
            >>> float_format("fp16").spacing(torch.tensor([0.0, 1.0, 2048.0])).tolist()
            [5.960464477539063e-08, 0.0009765625, 2.0]
        """
        exponent = torch.frexp(x.double().abs()).exponent - 1
        exponent = torch.where(x == 0, 1 - self.bias, exponent).clamp(min=1 - self.bias)
        return torch.ldexp(torch.ones_like(x, dtype=torch.float64), exponent - self.mantissa_bits)

    # --8<-- [start:format_encode]
    def _encode(
        self, x: "torch.Tensor", saturate: bool | None, noise: "torch.Generator | None"
    ) -> "torch.Tensor":
        if not x.is_floating_point():
            raise TypeError(f"expected a floating dtype, got {x.dtype}")
        saturate = self.saturates if saturate is None else saturate
        raw = x.double().view(torch.int64)
        magnitude = raw & (2**63 - 1)
        exponent, fraction = magnitude >> 52, magnitude & (2**52 - 1)
        field = exponent - 1023 + self.bias  # what the exponent field would be
        significand = fraction + (exponent > 0) * 2**52
        drop = 52 - self.mantissa_bits + (1 - field).clamp(min=0)  # bits to lose
        kept = _shift(significand, drop, noise)
        # The hidden bit of `kept` counts one in the exponent field, and so does a carry.
        code = kept + ((field.clamp(min=1) - 1) << self.mantissa_bits)
        code = self._overflow(code, x.isinf(), saturate)
        code = self._nan(code, x.isnan())
        return code | ((raw < 0).long() << (self.bits - 1)) if self.signed else code

    # --8<-- [end:format_encode]

    def _overflow(self, code: Tensor, infinite: Tensor, saturate: bool) -> Tensor:
        large = (code > self.max_code) | infinite
        if saturate or self.specials == "none":
            return code.masked_fill(large, self.max_code)
        return code.masked_fill(large, self.max_code + 1)  # an infinity, or else NaN

    def _nan(self, code: Tensor, nan: Tensor) -> Tensor:
        if self.nan_code is not None:
            return code.masked_fill(nan, self.nan_code)
        if nan.any():
            raise ValueError(f"expected numbers, as {self.name} has no code for NaN; got NaN")
        return code


# --8<-- [start:format_shift]
def _shift(
    significand: "torch.Tensor", drop: "torch.Tensor", noise: "torch.Generator | None"
) -> "torch.Tensor":
    """Drop low bits, 1 to 62 of them: to the nearest, ties to even, or up with the probability of what is dropped."""
    far = (drop - 62).clamp(0, 63)  # nothing is left of these either way
    significand, drop = significand >> far, drop.clamp(max=62)
    rest = significand & ((1 << drop) - 1)
    kept = significand >> drop
    if noise is None:
        half = 1 << (drop - 1)
        return kept + ((rest > half) | ((rest == half) & (kept & 1 == 1)))
    # One of 2^drop equally likely numbers is below `rest` with probability rest / 2^drop.
    drawn = torch.randint(2**62, rest.shape, generator=noise, device=rest.device)
    return kept + ((drawn & ((1 << drop) - 1)) < rest)


# --8<-- [end:format_shift]


def stochastic_round(
    x: Float[Tensor, "..."], fmt: FloatFormat, generator: torch.Generator
) -> Float[Tensor, "..."]:
    """Round to one of the two neighbours, with probabilities that make the mean exact.

    A number that lies a third of the way up to the next one goes up in one of three cases.

    Args:
        x: (...), of a dtype that holds the format's numbers.
        fmt: the format.
        generator: where the random numbers come from, on the device of x.

    Returns:
        Numbers of the format in the dtype of x. A number that the format has stays as it is; one beyond the largest
        overflows as in `FloatFormat.encode`.

    Raises:
        TypeError: x is not of a floating dtype.
        ValueError: x has a NaN, and the format has none.

    Source:
        Gupta et al., 2015, [*Deep learning with limited numerical precision*](https://arxiv.org/abs/1502.02551),
        section 3.

    Examples:
        >>> third = torch.full((30_000,), 1 + 2**-7 / 3)
        >>> rounded = stochastic_round(third, float_format("bf16"), torch.Generator().manual_seed(0))
        >>> rounded.unique().tolist(), abs(rounded.mean() - third[0]).item() < 1e-4
        ([1.0, 1.0078125], True)
    """
    return fmt.decode(fmt._encode(x, saturate=None, noise=generator)).to(x.dtype)


FORMATS = {
    fmt.name: fmt
    for fmt in [
        FloatFormat("fp32", exponent_bits=8, mantissa_bits=23, bias=127),
        FloatFormat("tf32", exponent_bits=8, mantissa_bits=10, bias=127),
        FloatFormat("bf16", exponent_bits=8, mantissa_bits=7, bias=127),
        FloatFormat("fp16", exponent_bits=5, mantissa_bits=10, bias=15),
        FloatFormat("e5m2", exponent_bits=5, mantissa_bits=2, bias=15),
        FloatFormat("e4m3", 4, 3, bias=7, specials="nan", saturates=True),
        FloatFormat("e2m1", 2, 1, bias=1, specials="none", saturates=True),
        FloatFormat("e8m0", 8, 0, bias=127, specials="nan", signed=False),
    ]
}


def float_format(name: str) -> FloatFormat:
    """Return a format by its name.

    Args:
        name: `fp32`, `tf32`, `bf16`, `fp16`, `e5m2`, `e4m3`, `e2m1` or `e8m0`.

    Raises:
        ValueError: there is none of that name.

    Examples:
        >>> float_format("e4m3").max
        448.0
    """
    if name not in FORMATS:
        raise ValueError(f"expected one of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]
