"""Autocast from scratch: a mode that casts the arguments of some functions on their way in.

PyTorch does this in a layer of the dispatcher above autograd, so that each cast has a gradient. A `TorchFunctionMode` is
above autograd too. The lists are those that [`probe_all`][reference_impl.mixed_precision.probe_all] finds, and a test
compares them.
"""

# --8<-- [start:autocast_imports]
from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

# --8<-- [end:autocast_imports]

__all__ = ["POLICIES", "autocast"]

_BOTH_LOWER = (
    "addbmm addmm baddbmm bmm conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d "
    "linalg_vecdot linear matmul mm prelu scaled_dot_product_attention"
)
_BOTH_FP32 = (
    "binary_cross_entropy_with_logits cdist cosine_embedding_loss hinge_embedding_loss huber_loss kl_div l1_loss "
    "margin_ranking_loss mse_loss multi_margin_loss multilabel_margin_loss nll_loss nll_loss2d poisson_nll_loss prod "
    "smooth_l1_loss soft_margin_loss triplet_margin_loss cross_entropy_loss"
)
# Other names of functions in the lists, and functions that do nothing else than call one.
_OTHER_NAMES = {
    "linalg_matmul": "matmul", "nll_loss_nd": "nll_loss", "arccos": "acos", "arcsin": "asin", "square": "pow",
    "linalg_norm": "linalg_vector_norm", "special_erfinv": "erfinv", "special_expm1": "expm1",
    "special_log1p": "log1p", "special_softmax": "softmax", "special_log_softmax": "log_softmax",
    "special_logsumexp": "logsumexp", "_upsample_nearest_exact1d": "upsample_nearest1d",
    "_upsample_nearest_exact2d": "upsample_nearest2d", "_upsample_nearest_exact3d": "upsample_nearest3d",
    "_upsample_bilinear2d_aa": "upsample_bilinear2d", "_upsample_bicubic2d_aa": "upsample_bicubic2d",
}  # fmt: skip  # a list reads as a list
_CPU_FP32 = (
    "adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d binary_cross_entropy cholesky cholesky_inverse cholesky_solve "
    "ctc_loss fake_quantize_per_tensor_affine fft_fft fft_fft2 fft_fftn fft_hfft fft_ifft fft_ifft2 fft_ifftn fft_ihfft "
    "fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2 fft_rfftn fractional_max_pool2d fractional_max_pool3d geqrf "
    "grid_sampler grid_sampler_2d grid_sampler_3d inverse linalg_cholesky linalg_cholesky_ex linalg_cond linalg_eig "
    "linalg_eigh linalg_eigvals linalg_eigvalsh linalg_householder_product linalg_inv linalg_inv_ex linalg_lstsq "
    "linalg_matrix_rank linalg_qr linalg_solve linalg_svd linalg_svdvals linalg_tensorinv linalg_tensorsolve lu_solve "
    "max_pool3d max_unpool2d max_unpool3d multilabel_margin_loss_forward nanquantile orgqr ormqr pinverse polar qr "
    "quantile reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d replication_pad3d stft svd trace "
    "triangular_solve view_as_complex"
)
_CUDA_LOWER = "addmv addr chain_matmul convolution einsum gru_cell linalg_multi_dot lstm_cell mv rnn_relu_cell rnn_tanh_cell"
_CUDA_FP32 = (
    "acos asin cosh cosine_similarity cumprod cumsum dist erfinv exp expm1 frobenius_norm group_norm layer_norm "
    "linalg_matrix_norm linalg_vector_norm log log10 log1p log2 log_softmax logsumexp native_layer_norm norm "
    "nuclear_norm pdist pow reciprocal renorm rms_norm rsqrt sinh softmax softplus sum tan upsample_bicubic2d "
    "upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_trilinear3d"
)
_CUDA_PROMOTE = (
    "addcdiv addcmul atan2 bilinear cross dot grid_sampler index_put scatter_add tensordot vdot"
)


def _policies(**names: str) -> dict[str, str]:
    found = {name: policy for policy, joined in names.items() for name in joined.split()}
    return found | {name: found[old] for name, old in _OTHER_NAMES.items() if old in found}


# Device: function: what happens to its arguments. Everything else runs in the dtypes that come in.
POLICIES = {
    "cpu": _policies(
        lower=_BOTH_LOWER, fp32=f"{_BOTH_FP32} {_CPU_FP32}", promote="cat stack index_copy"
    ),
    "cuda": _policies(
        lower=f"{_BOTH_LOWER} {_CUDA_LOWER}",
        fp32=f"{_BOTH_FP32} {_CUDA_FP32}",
        promote=_CUDA_PROMOTE,
        refused="binary_cross_entropy",
    ),
}
# Functions written in C++ over others of the lists: what they call inside is out of a Python mode's sight.
_COMPOSED = {
    "cpu": frozenset(
        [
            "lstm",
            "gru",
            "rnn_tanh",
            "rnn_relu",
            "lstm_cell",
            "gru_cell",
            "rnn_tanh_cell",
            "rnn_relu_cell",
            "inner",
            "matrix_power",
            "linalg_matrix_power",
            "tensordot",
            "einsum",
            "bilinear",
            "chain_matmul",
            "linalg_multi_dot",
            "linalg_pinv",
            "cov",
            "corrcoef",
            "_lu_with_info",
            "_sparse_mm",
            "_sparse_addmm",
        ]
    ),
    "cuda": frozenset(
        [
            "lstm",
            "gru",
            "rnn_tanh",
            "rnn_relu",
            "inner",
            "matrix_power",
            "linalg_matrix_power",
            "cumulative_trapezoid",
            "trapezoid",
            "trapz",
            "norm_except_dim",
            "pairwise_distance",
            "sum_to_size",
            "_sparse_mm",
            "_sparse_addmm",
        ]
    ),
}
_DTYPE_WINS = frozenset(  # on CUDA a `dtype` argument replaces the cast
    [
        "cumprod",
        "cumsum",
        "linalg_matrix_norm",
        "linalg_norm",
        "linalg_vector_norm",
        "log_softmax",
        "prod",
        "softmax",
        "special_softmax",
        "special_log_softmax",
        "sum",
    ]
)


def _listed_name(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Return the name under which a call is listed: `pad` is one function for several of the list."""
    mode = kwargs.get("mode", args[2] if len(args) > 2 else None)
    if name == "pad" and mode in ("reflect", "replicate"):
        widths = kwargs.get("pad", args[1] if len(args) > 1 else ())
        kind = "reflection" if mode == "reflect" else "replication"
        return f"{kind}_pad{len(widths) // 2}d"
    return name


@cache
def _body(func: FunctionType) -> FunctionType:
    """Return a function of PyTorch written in Python, without the lines that would hand it to a mode again."""
    checks = [name for name in func.__globals__ if name.startswith("has_torch_function")]
    world = func.__globals__ | dict.fromkeys(checks, lambda *_: False)
    body = FunctionType(func.__code__, world, func.__name__, func.__defaults__, func.__closure__)
    body.__kwdefaults__ = func.__kwdefaults__
    return body


# --8<-- [start:autocast_class]
class autocast(TorchFunctionMode):  # noqa: N801 - PyTorch's name
    """A context in which listed functions run in a 16-bit dtype, others in float32, the rest as they come.

    Args:
        device_type: `cpu` or `cuda`; tensors of other devices are left alone.
        dtype: the 16-bit dtype; bfloat16 on the CPU and float16 on CUDA by default.
        enabled: without it nothing is cast, not even by an `autocast` around this one.
        cache_enabled: whether the cast of a parameter is kept until the context ends.

    Raises:
        ValueError: another device, or a dtype that is not of 16 bits.
        NotImplementedError: a function is called whose parts PyTorch casts and a mode can't see.
        RuntimeError: a function takes the widest of its inputs, and meets another narrow dtype first.

    Examples:
        >>> linear = torch.nn.Linear(4, 2)
        >>> with autocast("cpu"):
        ...     out = linear(torch.ones(3, 4))
        ...     loss = torch.nn.functional.mse_loss(out, torch.ones(3, 2))
        >>> out.dtype, loss.dtype, linear.weight.dtype
        (torch.bfloat16, torch.float32, torch.float32)
    """

    def __init__(
        self,
        device_type: str,
        dtype: "torch.dtype | None" = None,
        enabled: bool = True,
        cache_enabled: bool = True,
    ) -> None:
        if device_type not in POLICIES:
            raise ValueError(f"expected device_type to be 'cpu' or 'cuda', got {device_type!r}")
        self.dtype = dtype or (torch.bfloat16 if device_type == "cpu" else torch.float16)
        if self.dtype not in (torch.bfloat16, torch.float16):
            raise ValueError(f"expected dtype to be bfloat16 or float16, got {dtype}")
        super().__init__()
        self.device_type, self.enabled, self.cache_enabled = device_type, enabled, cache_enabled
        self.cache: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._depth = 0
        self._inside: set[object] = set()

    def __enter__(self) -> "autocast":
        """Cast from here on."""
        self._depth += 1
        super().__enter__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return self

    def __exit__(self, *error: object) -> None:
        """Stop casting, and forget the casts of parameters."""
        super().__exit__(*error)  # type: ignore[no-untyped-call]  # likewise
        self._depth -= 1
        if self._depth == 0:
            self.cache.clear()

    def __torch_function__(
        self,
        func: "Any",  # noqa: ANN401 - a function of any kind
        types: object,
        args: "Sequence[Any]" = (),
        kwargs: "dict[str, Any] | None" = None,
    ) -> "Any":  # noqa: ANN401 - it returns whatever it returns
        """Cast the arguments of a function as its policy says, and call it."""
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        listed = _listed_name(name, args, kwargs)
        policy = POLICIES[self.device_type].get(listed) if self.enabled else None
        if isinstance(func, FunctionType) and self.enabled and func not in self._inside:
            return self._run_body(func, args, kwargs)
        if self.enabled and name in _COMPOSED[self.device_type]:
            raise NotImplementedError(f"autocast can't see the functions that {name} calls inside")
        if policy and "out" not in kwargs:
            args, kwargs = self._cast_all(name, policy, args, kwargs)
        with torch._C.DisableTorchFunction():
            return func(*args, **kwargs)

    # --8<-- [end:autocast_class]

    def _run_body(self, func: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever it returns
        self._inside.add(func)
        try:
            with self:
                return _body(func)(*args, **kwargs)
        finally:
            self._inside.discard(func)

    # --8<-- [start:autocast_cast]
    def _cast_all(
        self, name: str, policy: str, args: "Sequence[Any]", kwargs: "dict[str, Any]"
    ) -> "tuple[Sequence[Any], dict[str, Any]]":
        """Return the arguments of a function in the dtype that its policy asks for."""
        if policy == "refused":
            raise RuntimeError(f"{name} is unsafe to autocast: use one that takes logits")
        given = kwargs.get("dtype") is not None and name in _DTYPE_WINS
        if given and self.device_type == "cuda":
            return args, kwargs
        to = self.dtype if policy == "lower" else torch.float32
        if policy == "promote":
            to = self._widest(tree_leaves((args, kwargs)))
        cast: tuple[Sequence[Any], dict[str, Any]]
        cast = tree_map(lambda leaf: self._cast(leaf, to), (args, kwargs))
        return cast

    def _cast(self, leaf: "Any", to: "torch.dtype") -> "Any":  # noqa: ANN401 - any argument
        """Cast a tensor, and keep the cast if it is a parameter that will be asked for again."""
        if not self._is_eligible(leaf) or leaf.dtype == to:
            return leaf
        parameter = leaf.is_leaf and leaf.requires_grad and not leaf._is_view()
        keep = parameter and leaf.dtype == torch.float32 and torch.is_grad_enabled()
        if not (keep and self.cache_enabled):
            return leaf.to(to)
        if id(leaf) not in self.cache:
            # With the leaf, so that its id stays its own.
            self.cache[id(leaf)] = leaf, leaf.to(to)
        return self.cache[id(leaf)][1]

    # --8<-- [end:autocast_cast]

    def _widest(self, leaves: "list[Any]") -> "torch.dtype":
        """Return float32 if one is; a third dtype before it is an error, as in PyTorch."""
        widest = self.dtype
        for leaf in filter(self._is_eligible, leaves):
            if torch.float32 in (widest, leaf.dtype):
                widest = torch.float32
            elif leaf.dtype != self.dtype:
                raise RuntimeError(f"expected float32 or {self.dtype}, got {leaf.dtype}")
        return widest

    def _is_eligible(self, leaf: object) -> bool:
        if not isinstance(leaf, torch.Tensor) or leaf.device.type != self.device_type:
            return False
        return leaf.is_floating_point() and leaf.dtype != torch.float64
