"""Block formats: a few bits for each number, and a scale of 8 bits for each small block.

MX, of the Open Compute Project, has blocks of 32 and scales that are powers of two. NVFP4, of NVIDIA, has blocks of 16,
scales in E4M3, and one more scale in float32 for the tensor.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from reference_impl.mixed_precision.formats import FloatFormat, float_format

__all__ = ["Blocks", "mx_encode", "nvfp4_encode", "pack_fp4", "unpack_fp4"]


@dataclass(frozen=True)
class Blocks:
    """A tensor in a block format.

    Attributes:
        codes: (..., n), the code of each number in a byte.
        scales: (..., n / block), the code of each scale.
        element: format of the numbers.
        scale_format: format of the scales.
        tensor_scale: float32, (), on top of the others.

    Examples:
        >>> mx_encode(torch.ones(2, 64)).bits_per_number
        4.25
    """

    codes: Tensor
    scales: Tensor
    element: FloatFormat
    scale_format: FloatFormat
    tensor_scale: Tensor

    def decode(self) -> Float[Tensor, "..."]:
        """Return the numbers in float32, (..., n)."""
        x = self.element.decode(self.codes)
        scales = self.scale_format.decode(self.scales) * self.tensor_scale.double()
        blocks = x.view(*scales.shape, -1) * scales[..., None]
        return blocks.view(x.shape).float()

    @property
    def bits_per_number(self) -> float:
        """Bits stored for each number, scales included, but for the one of the tensor."""
        return self.element.bits + 8 * self.scales.numel() / self.codes.numel()


def _cut(x: Tensor, block: int) -> Tensor:
    if block < 1 or x.dim() == 0 or x.shape[-1] % block:
        raise ValueError(f"expected whole blocks of {block} numbers, got shape {tuple(x.shape)}")
    if not x.float().isfinite().all():
        raise ValueError("expected finite numbers, got inf or NaN")
    return x.reshape(*x.shape[:-1], x.shape[-1] // block, block).double()


def mx_encode(x: Float[Tensor, "..."], element: str = "e2m1", block: int = 32) -> Blocks:
    """Return a tensor in an MX format.

    The scale is the power of two that brings a block's largest magnitude to the largest exponent of the elements. What
    then is still too large becomes the largest element.

    Args:
        x: (..., n), finite.
        element: format of the numbers: `e2m1` for MXFP4, `e4m3` or `e5m2` for MXFP8.
        block: numbers that share a scale; the formats of the specification have 32.

    Raises:
        ValueError: an unknown format, one without a sign, n is not divisible by `block`, or x is not finite.

    Source:
        Open Compute Project, 2023, [*OCP Microscaling Formats (MX) Specification*, version 1.0](
        https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf), section 6.3.

    Examples:
        >>> x = torch.tensor([1.0, 2.0, 3.0, 5.0]).repeat(8)
        >>> mx = mx_encode(x)
        >>> mx.scales - 127, mx.decode()[:4]  # 2^0; 5 is between 4 and 6, and 4 is the even code
        (tensor([0], dtype=torch.uint8), tensor([1., 2., 3., 4.]))
    """
    fmt, scale_format = float_format(element), float_format("e8m0")
    if not fmt.signed or fmt.bits > 8:
        raise ValueError(
            f"expected a format with a sign and at most 8 bits for the elements, got {element}"
        )
    blocks = _cut(x, block)
    largest = torch.frexp(blocks.abs().amax(-1)).exponent - 1
    power = largest - torch.frexp(torch.tensor(fmt.max)).exponent + 1
    power = power.masked_fill((blocks == 0).all(-1), -127).clamp(-127, 127)
    scales = torch.ldexp(torch.ones_like(power, dtype=torch.float64), power)
    codes = fmt.encode(blocks / scales[..., None], saturate=True).view(x.shape)
    scale_codes = scale_format.encode(scales).to(torch.uint8)
    one = torch.ones((), device=x.device)
    return Blocks(codes.to(torch.uint8), scale_codes, fmt, scale_format, one)


def nvfp4_encode(x: Float[Tensor, "..."], block: int = 16) -> Blocks:
    """Return a tensor in NVFP4.

    The scale of the tensor brings the largest of the other scales to 448, the largest number of E4M3.

    Args:
        x: (..., n), finite.
        block: numbers that share a scale; the format has 16.

    Raises:
        ValueError: n is not divisible by `block`, or x is not finite.

    Source:
        NVIDIA, 2025, [*Pretraining large language models with NVFP4*](https://arxiv.org/abs/2509.25149).

    Examples:
        >>> x = torch.tensor([1.0, 2.0, 3.0, 6.0]).repeat(4)
        >>> nvfp4 = nvfp4_encode(x)
        >>> nvfp4.decode()[:4], nvfp4.bits_per_number
        (tensor([1.0000, 2.0000, 3.0000, 6.0000]), 4.5)
    """
    fmt, scale_format = float_format("e2m1"), float_format("e4m3")
    blocks = _cut(x, block)
    amax = blocks.abs().amax() if x.numel() else blocks.new_zeros(())
    tensor_scale = (amax / (fmt.max * scale_format.max)).float()
    tensor_scale = tensor_scale.clamp(min=torch.finfo(torch.float32).tiny)
    wanted = blocks.abs().amax(-1) / fmt.max / tensor_scale.double()
    scale_codes = scale_format.encode(wanted)
    scales = scale_format.decode(scale_codes) * tensor_scale.double()
    scaled = torch.where(scales[..., None] > 0, blocks / scales[..., None], 0)
    codes = fmt.encode(scaled, saturate=True).view(x.shape)
    return Blocks(
        codes.to(torch.uint8), scale_codes.to(torch.uint8), fmt, scale_format, tensor_scale
    )


def pack_fp4(codes: UInt8[Tensor, "..."]) -> UInt8[Tensor, "..."]:
    """Put two codes of 4 bits into each byte, the first into the low half, as `torch.float4_e2m1fn_x2` has them.

    Args:
        codes: (..., n), below 16, n even.

    Returns:
        (..., n / 2).

    Raises:
        ValueError: n is odd, or a code is 16 or more.

    Examples:
        >>> packed = pack_fp4(torch.tensor([1, 2, 15, 0], dtype=torch.uint8))
        >>> packed, packed.view(torch.float4_e2m1fn_x2).shape
        (tensor([33, 15], dtype=torch.uint8), torch.Size([2]))
    """
    if codes.dim() == 0 or codes.shape[-1] % 2 or (codes > 15).any():
        raise ValueError(
            f"expected an even number of codes below 16, got shape {tuple(codes.shape)}"
            + (f" and codes up to {int(codes.max())}" if codes.numel() else "")
        )
    return codes[..., ::2] | codes[..., 1::2] << 4


def unpack_fp4(packed: UInt8[Tensor, "..."]) -> UInt8[Tensor, "..."]:
    """Return the codes that `pack_fp4` has put into bytes.

    Args:
        packed: (..., n).

    Returns:
        (..., 2 n).

    Examples:
        >>> unpack_fp4(torch.tensor([33, 15], dtype=torch.uint8))
        tensor([ 1,  2, 15,  0], dtype=torch.uint8)
    """
    return torch.stack([packed & 15, packed >> 4], dim=-1).flatten(-2)
