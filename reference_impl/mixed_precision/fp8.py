"""FP8: tensors of 8-bit numbers with their scales, and their products."""

from typing import Literal, NamedTuple

# --8<-- [start:fp8_imports]
import torch

# --8<-- [end:fp8_imports]
from jaxtyping import Float
from torch import Tensor

from reference_impl.mixed_precision.formats import FloatFormat

__all__ = [
    "ScaledFp8",
    "amax_scale",
    "fp8_product",
    "quantise_fp8",
    "real_fp8_product",
    "require_fp8_matmul",
]

DTYPES = {"e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}


class ScaledFp8(NamedTuple):
    """8-bit numbers and what they are to be multiplied by.

    Attributes:
        values: (rows, columns) in a float8 dtype, or any shape with one scale.
        scale: float32: () for the tensor, (rows, 1) for each row, (rows, blocks) for each block of a row.

    Examples:
        >>> x = ScaledFp8(torch.tensor([[1.0, 2.0]]).to(torch.float8_e4m3fn), torch.tensor(0.5))
        >>> x.dequantise()
        tensor([[0.5000, 1.0000]])
    """

    values: Tensor
    scale: Tensor

    def dequantise(self) -> Tensor:
        """Return the numbers in float32."""
        values = self.values.float()
        if self.scale.dim() < 2:
            return values * self.scale
        blocks = values.view(*self.scale.shape, -1) * self.scale[..., None]
        return blocks.view(values.shape)

    def t(self) -> "ScaledFp8":
        """Return the transpose, of a tensor with one scale."""
        return ScaledFp8(self.values.t().contiguous(), self.scale)


def amax_scale(amax: Float[Tensor, "..."], fmt: FloatFormat) -> Float[Tensor, "..."]:
    """Return the scale that brings the largest magnitude to the format's largest number.

    Args:
        amax: (...), largest magnitudes.
        fmt: the format.

    Returns:
        (...) in float32, at least the smallest normal number, so that zeros stay zeros.

    Raises:
        ValueError: a magnitude is infinite or NaN. On a GPU and in a compiled program nobody looks, as that would wait
            for the number: what is not finite makes everything NaN.

    Examples:
        >>> from reference_impl.mixed_precision import float_format
        >>> amax_scale(torch.tensor([896.0, 0.0]), float_format("e4m3"))
        tensor([2.0000e+00, 1.1755e-38])
    """
    amax = amax.float()  # what float32 can't hold is infinite now
    if is_at_hand(amax) and not amax.isfinite().all():
        raise ValueError("expected finite numbers to scale, got inf or NaN")
    return (amax / fmt.max).clamp(min=torch.finfo(torch.float32).tiny)


def quantise_fp8(
    x: Float[Tensor, "..."],
    fmt: FloatFormat,
    scaling: Literal["tensor", "row", "block"] = "tensor",
    block: int = 128,
    scale: Tensor | None = None,
) -> ScaledFp8:
    """Return a tensor in 8 bits, with one scale, one for each row, or one for each block of a row.

    Args:
        x: (rows, columns), or any shape for `tensor`.
        fmt: `e4m3` or `e5m2`.
        scaling: what shares a scale. A product sums over the columns.
        block: columns of a block.
        scale: a scale for the whole tensor, known before. Numbers too large for it become the largest.

    Raises:
        ValueError: the format has no float8 dtype, the scaling is unknown, x has not two dimensions, its columns do
            not divide into blocks, it is not finite, or the scale is not a single positive finite number.

    Examples:
        >>> from reference_impl.mixed_precision import float_format
        >>> x = torch.tensor([[1.0, 2.0, 300.0, 400.0]])
        >>> quantise_fp8(x, float_format("e4m3"), "block", block=2).scale * 448
        tensor([[  2., 400.]])
    """
    if fmt.name not in DTYPES:
        raise ValueError(f"expected a format of {', '.join(DTYPES)}, got {fmt.name}")
    if scale is None:
        scale = amax_scale(_amax(x, scaling, block), fmt)
    elif scale.numel() != 1 or (is_at_hand(scale) and not 0 < scale.item() < torch.inf):
        raise ValueError(f"expected one positive finite scale, got {scale.tolist()}")
    spread = scale if scale.dim() < 2 else scale.repeat_interleave(x.shape[1] // scale.shape[1], 1)
    # Clamped: older casts turn what is too large for E4M3 into NaN.
    return ScaledFp8((x.float() / spread).clamp(-fmt.max, fmt.max).to(DTYPES[fmt.name]), scale)


def is_at_hand(x: Tensor) -> bool:
    """Return whether a program may look at the numbers without waiting for them."""
    return x.device.type == "cpu" and not torch.compiler.is_compiling()


def _amax(x: Tensor, scaling: str, block: int) -> Tensor:
    if scaling == "tensor":
        return x.abs().amax() if x.numel() else x.new_zeros(())
    if scaling not in ("row", "block"):
        raise ValueError(f"expected scaling tensor, row or block, got {scaling!r}")
    if x.dim() != 2:
        raise ValueError(f"expected rows and columns for scaling {scaling}, got {tuple(x.shape)}")
    if scaling == "row":
        return x.abs().amax(1, keepdim=True)
    if block < 1 or x.shape[1] % block:
        raise ValueError(f"expected columns in whole blocks of {block}, got {x.shape[1]}")
    return x.abs().reshape(len(x), x.shape[1] // block, block).amax(2)


def fp8_product(a: ScaledFp8, b: ScaledFp8) -> Float[Tensor, "m n"]:
    """Return a @ b.T, summed in float32 over 8-bit numbers; the scales come after the sums.

    With blocks each block is summed by itself, and its scales come before the sum over blocks.

    Args:
        a: (m, k).
        b: (n, k), scaled in the same way.

    Raises:
        ValueError: the columns or the blocks do not agree.

    Examples:
        >>> from reference_impl.mixed_precision import float_format
        >>> a = quantise_fp8(torch.tensor([[1.0, 448.0]]), float_format("e4m3"))
        >>> fp8_product(a, a)
        tensor([[200705.]])
    """
    if a.values.shape[1] != b.values.shape[1] or a.scale.shape[1:] != b.scale.shape[1:]:
        raise ValueError(
            "expected the same columns and blocks, got "
            f"{tuple(a.values.shape)} with scales {tuple(a.scale.shape)} and "
            f"{tuple(b.values.shape)} with scales {tuple(b.scale.shape)}"
        )
    with torch.autocast(a.values.device.type, enabled=False):  # it would take the sums to 16 bits
        return _scaled_sums(a, b)


# --8<-- [start:fp8_sums]
def _scaled_sums(a: "ScaledFp8", b: "ScaledFp8") -> "torch.Tensor":
    x, y = a.values.float(), b.values.float()
    if a.scale.dim() < 2:
        return (x @ y.t()) * a.scale * b.scale  # the product of the scales may be subnormal
    x, y = x.view(*a.scale.shape, -1), y.view(*b.scale.shape, -1)
    sums = torch.einsum("mbk,nbk->bmn", x, y)
    return (sums * a.scale.t()[:, :, None] * b.scale.t()[:, None]).sum(0)


# --8<-- [end:fp8_sums]


def require_fp8_matmul(device: torch.device) -> None:
    """Check that a device multiplies FP8 numbers.

    Args:
        device: the CPU, where PyTorch emulates it if need be, or a GPU.

    Raises:
        ValueError: it has no such product.

    Examples:
        >>> require_fp8_matmul(torch.device("cpu"))
    """
    if device.type == "cuda":
        capability = torch.cuda.get_device_capability(device)
        if capability < (8, 9) and not torch.version.hip:
            have = ".".join(map(str, capability))
            raise ValueError(f"expected a GPU of compute capability 8.9 for FP8, got {have}")
    elif device.type != "cpu":
        raise ValueError(f"expected a CPU or a CUDA device for FP8, got {device.type}")


def real_fp8_product(
    a: ScaledFp8, b: ScaledFp8, out_dtype: torch.dtype = torch.float32
) -> Float[Tensor, "m n"]:
    """Return a @ b.T by `torch._scaled_mm`: on a GPU, the tensor cores for FP8.

    Args:
        a: (m, k), with one scale or one for each row.
        b: (n, k), likewise. It is handed over as a column-major (k, n), as the GPU wants it.
        out_dtype: of the result; with scales for rows, a GPU rounds it to bfloat16 on the way to float32.

    Raises:
        ValueError: the device has no such product; scales of blocks; both of E5M2, or, on a GPU, k or n not a
            multiple of 16.

    Examples:
        >>> from reference_impl.mixed_precision import float_format
        >>> a = quantise_fp8(torch.tensor([[1.0, 448.0]]), float_format("e4m3"))
        >>> real_fp8_product(a, a)
        tensor([[200705.]])
    """
    k, n = a.values.shape[1], b.values.shape[0]
    require_fp8_matmul(a.values.device)
    if a.scale.dim() == 2 and a.scale.shape[1] > 1:
        raise ValueError(f"expected scales of a tensor or of rows, got {tuple(a.scale.shape)}")
    if a.values.dtype == b.values.dtype == torch.float8_e5m2:
        raise ValueError("expected at most one operand in e5m2, as GPUs do, got two")
    if a.values.is_cuda and (k % 16 or n % 16):
        raise ValueError(f"expected k and n to be multiples of 16 on a GPU, got {k} and {n}")
    columns = b.values.contiguous().t()
    scale_b = b.scale if b.scale.dim() < 2 else b.scale.t().contiguous()
    # Not every GPU and version has a float32 result for scales of rows.
    narrow = a.scale.dim() == 2 and a.values.is_cuda and out_dtype == torch.float32
    dtype = torch.bfloat16 if narrow else out_dtype
    rows = a.values.contiguous()
    out = torch._scaled_mm(rows, columns, a.scale, scale_b, out_dtype=dtype)
    return out.to(out_dtype) if narrow else out
