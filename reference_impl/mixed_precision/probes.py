"""Ask autocast itself what it does to each operation, instead of copying a list.

The dispatcher knows which operations have a kernel for autocast. Each of them is called here, with float32, with 16-bit
and with mixed arguments, and the casts that arrive below autocast are noted. For CUDA the calls are made on fake tensors,
which have a device, a dtype and a shape but no data: they pass through autocast's CUDA kernels, and need no GPU.
"""

# --8<-- [start:probes_imports]
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

# --8<-- [end:probes_imports]

__all__ = ["Casts", "Policy", "autocast_kernels", "autocast_ops", "probe", "probe_all"]

Policy = Literal["lower", "fp32", "promote", "refused", "unchanged"]
KEYS = {"cpu": "AutocastCPU", "cuda": "AutocastCUDA"}
WIDE = {torch.float32, torch.complex64}


@dataclass(frozen=True)
class _T:
    """A tensor argument: its shape, and its dtype, if that is not one of floating point."""

    shape: tuple[int, ...]
    dtype: torch.dtype | None = None


def _f(*shape: int) -> _T:
    return _T(shape)


def _i(*shape: int) -> _T:
    return _T(shape, torch.int64)


_V, _M, _B, _N = _f(3), _f(3, 3), _f(2, 3, 3), _f(0)  # a vector, a matrix, a batch, and nothing
_IMAGE, _CUBE = _f(1, 2, 4, 4), _f(1, 2, 4, 4, 4)
# Arguments, and the operations that are called with them.
_CALLS: dict[tuple[Any, ...], str] = {
    (_M,): "_lu_with_info acos asin cholesky cholesky_inverse cosh erfinv exp expm1 fft_fft fft_fft2 fft_fftn fft_hfft "
    "fft_ifft fft_ifft2 fft_ifftn fft_ihfft fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2 fft_rfftn geqrf inverse "
    "linalg_cholesky linalg_cholesky_ex linalg_cond linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh linalg_inv "
    "linalg_inv_ex linalg_matrix_norm.str_ord linalg_matrix_rank.atol_rtol_float linalg_matrix_rank.atol_rtol_tensor "
    "linalg_qr linalg_svd linalg_svdvals linalg_vector_norm log log10 log1p log2 norm.Scalar nuclear_norm pdist pinverse "
    "prod qr reciprocal rsqrt sinh softplus sum svd tan trace",
    (_M, _M): "atan2 cdist cholesky_solve dist hinge_embedding_loss huber_loss kl_div l1_loss "
    "linalg_lstsq linalg_solve linalg_vecdot linear matmul mm mse_loss polar pow.Tensor_Tensor "
    "smooth_l1_loss soft_margin_loss triangular_solve binary_cross_entropy binary_cross_entropy_with_logits "
    "cosine_similarity",
    (_M, _M, _M): "_addmm_activation addcdiv addcmul addmm triplet_margin_loss margin_ranking_loss",
    (_M, _V): "mv prelu linalg_householder_product orgqr linalg_matrix_rank.tol_tensor",
    (_M, _V, _M): "ormqr",
    (_V, _M, _V): "addmv",
    (_M, _V, _V): "addr",
    (_V, _V): "dot vdot",
    (_B, _B): "bmm",
    (_M, _B, _B): "addbmm",
    (_B, _B, _B): "baddbmm",
    (_B, _B, _V): "conv_tbc",
    (_B, _B, _B, None): "scaled_dot_product_attention",
    (_M, 0): "cumprod cumsum prod.dim_int log_softmax.int softmax.int",
    (_M, 2): "linalg_matrix_norm pow.Tensor_Scalar",
    (2, _M): "pow.Scalar",
    (_M, 2, 0, 1): "renorm",
    (_M, 0.5): "linalg_matrix_rank quantile.scalar nanquantile.scalar",
    (_M, "fro"): "linalg_cond.p_str",
    (_M, (0,)): "frobenius_norm.dim logsumexp sum.dim_IntList",
    (_M, (0, 1)): "nuclear_norm.dim",
    (_M, 2, (0,)): "norm.ScalarOpt_dim",
    (_M, (3,)): "layer_norm rms_norm",
    (_M, (3,), _V, _V, 1e-5): "native_layer_norm",
    (_B, 3): "group_norm",
    (_M, 0.1, 0, 0, 255): "fake_quantize_per_tensor_affine",
    (_M, _f()): "quantile nanquantile",
    (_M, 0, _i(3), _M): "index_copy",
    (_M, 0, _i(3, 3), _M): "scatter_add",
    (_M, (_i(3),), _M): "index_put",
    (_M, _M, (1,), (0,)): "tensordot",
    (_f(1, 1, 1),): "linalg_tensorinv",
    (_f(1, 1, 1), _f(1)): "linalg_tensorsolve",
    (_M, _M, _f(2, 3, 3)): "bilinear",
    (_M, _M, 0): "cross",
    (_f(3, 2),): "view_as_complex",
    ((_M, _M),): "cat stack chain_matmul linalg_multi_dot",
    ("ij,jk->ik", (_M, _M)): "einsum",
    (_M, _i(3)): "cross_entropy_loss multi_margin_loss nll_loss",
    (_M, _i(3, 3)): "multilabel_margin_loss",
    (_M, _i(3, 3), 1): "multilabel_margin_loss_forward",
    (_M, _M, _V): "cosine_embedding_loss",
    (_IMAGE, _i(1, 4, 4)): "nll_loss2d",
    (_M, _M, True, False, 1e-8, 1): "poisson_nll_loss",
    (_f(3, 1, 3), _i(1, 1), (3,), (1,)): "ctc_loss.IntList",
    (_f(3, 1, 3), _i(1, 1), _i(1), _i(1)): "ctc_loss.Tensor",
    (_IMAGE, _f(1, 4, 4, 2), 0, 0, False): "grid_sampler grid_sampler_2d _grid_sampler_2d_cpu_fallback",
    (_CUBE, _f(1, 4, 4, 4, 3), 0, 0, False): "grid_sampler_3d",
    (_B, _f(2, 3, 1)): "conv1d conv1d.padding",
    (_f(1, 2, 4), _f(2, 2, 1)): "conv_transpose1d",
    (_IMAGE, _f(2, 2, 1, 1)): "conv2d conv2d.padding conv_transpose2d.input",
    (_CUBE, _f(2, 2, 1, 1, 1)): "conv3d conv3d.padding conv_transpose3d.input",
    (_IMAGE, _f(2, 2, 1, 1), None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1): "convolution",
    (_IMAGE, _f(2, 2, 1, 1), None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1, False, False, False): "_convolution.deprecated",
    (_IMAGE, _f(2, 2, 1, 1), None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1, False, False, False, False): "_convolution",
    (_IMAGE, _f(2, 2, 1, 1), (0, 0), (1, 1), (1, 1), 1, False, False, False): "cudnn_convolution",
    (_IMAGE, _f(2, 2, 1, 1), (0, 0), (0, 0), (1, 1), (1, 1), 1, False, False, False): "cudnn_convolution_transpose",
    (_CUBE, (2, 2, 2)): "adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d max_pool3d",
    (_IMAGE, (2, 2), (2, 2), _f(1, 2, 2)): "fractional_max_pool2d",
    (_CUBE, (2, 2, 2), (2, 2, 2), _f(1, 2, 3)): "fractional_max_pool3d",
    (_IMAGE, _i(1, 2, 4, 4), (8, 8)): "max_unpool2d",
    (_CUBE, _i(1, 2, 4, 4, 4), (8, 8, 8), (2, 2, 2), (0, 0, 0)): "max_unpool3d",
    (_B, (1, 1)): "reflection_pad1d replication_pad1d",
    (_IMAGE, (1, 1, 1, 1)): "reflection_pad2d replication_pad2d",
    (_CUBE, (1, 1, 1, 1, 1, 1)): "replication_pad3d",
    (_B, (6,)): "upsample_nearest1d _upsample_nearest_exact1d",
    (_B, (6,), False): "upsample_linear1d",
    (_IMAGE, (6, 6)): "upsample_nearest2d _upsample_nearest_exact2d",
    (_IMAGE, (6, 6), False): "upsample_bilinear2d upsample_bicubic2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa",
    (_CUBE, (6, 6, 6)): "upsample_nearest3d _upsample_nearest_exact3d",
    (_CUBE, (6, 6, 6), False): "upsample_trilinear3d",
    (_M, _M, _T((3,), torch.int32)): "lu_solve",
    (_f(2, 64), 16, None, None, _f(16), False, None, True): "stft",
    (_f(2, 64), 16, None, None, _f(16), True, "reflect", False, None, True): "stft.center",
    (_f(1, 1, 8, 8),) * 3: "_scaled_dot_product_flash_attention",
    (_M, _M, _f(9, 3), _f(9, 3), _f(9), _f(9)): "gru_cell",
    (_M, _M, _M, _M): "rnn_relu_cell rnn_tanh_cell",
    (_M, (_M, _M), _f(12, 3), _f(12, 3), _f(12), _f(12)): "lstm_cell",
    (_f(3, 9), _f(3, 9), _M, _f(9), _f(9)): "_thnn_fused_gru_cell",
    (_f(3, 12), _f(3, 12), _M, _f(12), _f(12)): "_thnn_fused_lstm_cell",
    (_f(1, 2, 4),) * 3 + (4, 2, _f(12, 4), _f(12), _f(4, 4), _f(4)): "_native_multi_head_attention",
    (_f(2, 1, 3), _f(12, 3), _f(12, 3), _f(12), _f(12), _f(1, 3), _f(1, 3), False, (), 2, 3, 1, True, False, False, False): "mkldnn_rnn_layer",
}  # fmt: skip  # one row a call
_ARGUMENTS = {name: arguments for arguments, names in _CALLS.items() for name in names.split()}


# --8<-- [start:probes_casts]
class Casts(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """A context that notes each cast below autocast and autograd, by the dtype it leads to.

    Attributes:
        to: the dtypes, in the order of the casts, those of the backward pass too.

    Examples:
        >>> with Casts() as casts:
        ...     _ = torch.ones(2).half().to(torch.float16).double()  # the second is none
        >>> casts.to
        [torch.float16, torch.float64]
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # likewise
        self.to: list[torch.dtype] = []

    def __torch_dispatch__(
        self,
        func: "Any",  # noqa: ANN401 - an operation
        types: object,
        args: "Sequence[Any]" = (),
        kwargs: "dict[str, Any] | None" = None,
    ) -> "Any":  # noqa: ANN401 - it returns whatever it returns
        kwargs = kwargs or {}
        if func is torch.ops.aten._to_copy.default and "dtype" in kwargs:
            self.to.append(kwargs["dtype"])
        return func(*args, **kwargs)


# --8<-- [end:probes_casts]


def autocast_ops(device: str) -> list[str]:
    """Return the operations for which the dispatcher has an autocast kernel.

    Args:
        device: `cpu` or `cuda`.

    Returns:
        Names of operations, and of overloads after a dot, in alphabetical order.

    Examples:
        >>> ops = autocast_ops("cpu")
        >>> "linear" in ops, "softmax.int" in ops, "softmax.int" in autocast_ops("cuda")
        (True, False, True)
    """
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    names = [name for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::")]
    return sorted(name.removeprefix("aten::") for name in names if has(name, KEYS[device]))


# --8<-- [start:probes_run]
def _run(name: str, device: str, low: "torch.dtype", given: "str") -> "set[torch.dtype]":
    """Call an operation under autocast; return the dtypes that were cast to, and those that came out.

    Args:
        name: the operation.
        device: `cpu` or `cuda`.
        low: what autocast is asked for.
        given: the arguments' dtypes: `fp32`, `low`, or `mixed`, which alternates.
    """
    seen: list[torch.Tensor] = []

    def tensor(spec: object) -> object:
        if not isinstance(spec, _T):
            return spec
        narrow = given == "low" or (given == "mixed" and len(seen) % 2 == 0)
        dtype = spec.dtype or (low if narrow else torch.float32)
        value = torch.ones(spec.shape, dtype=dtype, device=device)
        if spec.dtype is None:  # of floating point; a square matrix becomes the identity
            seen.append(value)
            value = value.tril().triu() if value.dim() == 2 else value
        return value

    base, _, overload = name.partition(".")
    op = getattr(getattr(torch.ops.aten, base), overload or "default")
    with FakeTensorMode() if device == "cuda" else nullcontext():
        arguments = tree_map(tensor, list(_ARGUMENTS[name]))
        with autocast_kernels(device, low), Casts() as casts:
            try:
                out = op(*arguments)
            except (RuntimeError, AssertionError, AttributeError) as error:
                if not casts.to and "cuda devices" not in str(error):
                    raise  # else it failed below autocast, for want of a GPU
                out = None
    return {*casts.to} | {leaf.dtype for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)}


# --8<-- [end:probes_run]


@contextmanager
def autocast_kernels(device: str, low: torch.dtype) -> Iterator[None]:
    """Switch on autocast's kernels for a device, whether or not this machine has it.

    Without a GPU `torch.autocast("cuda")` warns and does nothing; this is what it does with one.

    Args:
        device: `cpu` or `cuda`.
        low: the 16-bit dtype.

    Examples:
        >>> with autocast_kernels("cuda", torch.float16), FakeTensorMode():
        ...     x = torch.ones(2, 2, device="cuda")
        ...     (x @ x).dtype, (x @ x).softmax(-1).dtype
        (torch.float16, torch.float32)
    """
    before = torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)
    torch.set_autocast_enabled(device, True)
    torch.set_autocast_dtype(device, low)
    torch.autocast_increment_nesting()
    try:
        yield
    finally:
        if torch.autocast_decrement_nesting() == 0:
            torch.clear_autocast_cache()
        torch.set_autocast_enabled(device, before[0])
        torch.set_autocast_dtype(device, before[1])


# --8<-- [start:probes_probe]
def probe(name: str, device: str, low: "torch.dtype") -> "Policy":
    """Find out what autocast does to an operation.

    Args:
        name: one of `autocast_ops(device)`.
        device: `cpu` or `cuda`.
        low: what autocast is asked for, bfloat16 or float16.

    Returns:
        `lower`: float32 arguments are cast down. `fp32`: 16-bit ones are cast up, or the result is
        float32. `promote`: only mixed ones are. `refused`: it raises.

    Examples:
        >>> probe("mm", "cpu", torch.bfloat16), probe("nll_loss", "cpu", torch.bfloat16)
        ('lower', 'fp32')
    """
    try:
        if low in _run(name, device, low, "fp32"):
            return "lower"
        if WIDE & _run(name, device, low, "low"):
            return "fp32"
        return "promote" if torch.float32 in _run(name, device, low, "mixed") else "unchanged"
    except RuntimeError as error:
        if "unsafe to autocast" in str(error) or "Low precision" in str(error):
            return "refused"
        raise


# --8<-- [end:probes_probe]


@cache
def probe_all(device: str, low: torch.dtype) -> dict[str, Policy]:
    """Find out what autocast does to each of its operations.

    Args:
        device: `cpu` or `cuda`.
        low: what autocast is asked for.

    Returns:
        The policy of each name of `autocast_ops(device)`.

    Examples:
        >>> probe_all("cuda", torch.float16)["exp"]
        'fp32'
    """
    return {name: probe(name, device, low) for name in autocast_ops(device)}
