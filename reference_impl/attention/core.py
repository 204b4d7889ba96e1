"""Scaled dot-product attention, and the multi-head layer: the fast path and, beside it, the formula.

Vaswani et al., [*Attention is all you need*](https://arxiv.org/abs/1706.03762), section 3.2. Fewer heads of keys and
values than of queries: Shazeer, [*Fast transformer decoding*](https://arxiv.org/abs/1911.02150), and Ainslie et al.,
[*GQA*](https://arxiv.org/abs/2305.13245). The papers' h is `heads`, their d_k `head_dim`. Masks are boolean, `True`
where a query may look, or floating, added to the scores.
"""

# --8<-- [start:core_imports]
import math

# --8<-- [start:core_split_imports]
import torch

# --8<-- [end:core_split_imports]
# --8<-- [end:core_imports]
from jaxtyping import Float
from torch import Tensor, nn

from reference_impl.attention.masks import causal_mask, combine, to_additive

__all__ = ["MultiHeadAttention", "attention_weights", "scaled_dot_product"]


def _check_scores(q: Tensor, k: Tensor, mask: Tensor | None) -> None:
    """Raise where queries, keys and mask do not fit together."""
    shapes = f"{tuple(q.shape)} and {tuple(k.shape)}"
    if q.ndim != 4 or k.ndim != 4:
        raise ValueError(
            f"expected q and k of shape (batch, heads, length, head_dim), got {shapes}"
        )
    if not q.is_floating_point() or q.dtype != k.dtype:
        raise TypeError(f"expected q and k of one floating dtype, got {q.dtype} and {k.dtype}")
    if q.shape[0] != k.shape[0] or q.shape[-1] != k.shape[-1] or q.shape[-1] == 0:
        raise ValueError(
            f"expected q and k of one batch and one head_dim, at least 1, got {shapes}"
        )
    if k.shape[1] < 1 or q.shape[1] % k.shape[1]:
        raise ValueError(
            f"expected the heads of q to be a multiple of those of k, got {q.shape[1]} and {k.shape[1]}"
        )
    if mask is None:
        return
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise TypeError(f"expected a boolean or floating mask, got {mask.dtype}")
    full = (*q.shape[:-1], k.shape[-2])
    sizes = zip(reversed(mask.shape), reversed(full), strict=False)
    if mask.ndim > len(full) or any(size not in (1, wanted) for size, wanted in sizes):
        raise ValueError(
            f"expected a mask that broadcasts to (batch, heads, q_len, kv_len)={full}, "
            f"got {tuple(mask.shape)}"
        )


def _check_values(q: Tensor, k: Tensor, v: Tensor) -> None:
    if v.ndim != 4 or v.shape[:-1] != k.shape[:-1]:
        raise ValueError(
            f"expected v of shape {(*k.shape[:-1], 'v_dim')}, like k, got {tuple(v.shape)}"
        )
    if v.dtype != q.dtype:
        raise TypeError(f"expected v of the dtype of q, {q.dtype}, got {v.dtype}")


# --8<-- [start:core_weights]
def _weights(
    q: "torch.Tensor", k: "torch.Tensor", mask: "torch.Tensor | None", scale: "float"
) -> "torch.Tensor":
    """Return softmax(q k^T * scale + mask); k has the heads of q."""
    scores = (q @ k.mT).float() * scale if q.dtype.itemsize < 4 else q @ k.mT * scale
    if mask is None:
        return scores.softmax(-1).to(q.dtype)
    scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    blind = (scores == -math.inf).all(-1, keepdim=True)  # rows that may see nothing
    weights = scores.masked_fill(blind, 0.0).softmax(-1)  # no nan, forward or backward
    return weights.masked_fill(blind, 0.0).to(q.dtype)


# --8<-- [end:core_weights]


def attention_weights(
    q: Float[Tensor, "..."],
    k: Float[Tensor, "..."],
    mask: Tensor | None = None,
    scale: float | None = None,
) -> Float[Tensor, "batch heads q_len kv_len"]:
    """Return how much each query takes from each key: a softmax over the keys.

    Args:
        q: queries, `(batch, heads, q_len, head_dim)`.
        k: keys, `(batch, kv_heads, kv_len, head_dim)`; `kv_heads` divides `heads`.
        mask: boolean (`True` = may look) or additive, of a shape that broadcasts to the result's.
        scale: factor of the scores; `head_dim ** -0.5` by default.

    Returns:
        Rows that add up to 1, or are 0 where the mask leaves nothing to see.

    Raises:
        TypeError: q and k are not of one floating dtype, or the mask is neither boolean nor floating.
        ValueError: shapes do not fit.

    Examples:
        >>> x = torch.tensor([[[[2.0, 0.0], [0.0, 2.0]]]])
        >>> attention_weights(x, x, scale=1.0)
        tensor([[[[0.9820, 0.0180],
                  [0.0180, 0.9820]]]])
    """
    _check_scores(q, k, mask)
    k = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)
    return _weights(q, k, mask, q.shape[-1] ** -0.5 if scale is None else scale)


def _with_causal(q: Tensor, k: Tensor, mask: Tensor | None) -> Tensor:
    """Return the given mask and the causal one, aligned at the end, as one."""
    causal = causal_mask(q.shape[-2], k.shape[-2], device=q.device)
    if mask is None or mask.dtype == torch.bool:
        both = combine(causal, mask)
        return causal if both is None else both
    return mask + to_additive(causal, mask.dtype)


def scaled_dot_product(
    q: Float[Tensor, "..."],
    k: Float[Tensor, "..."],
    v: Float[Tensor, "..."],
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
    dropout: float = 0.0,
    teaching: bool = False,
) -> Float[Tensor, "batch heads q_len v_dim"]:
    """Return the values, averaged with the weights of attention: `softmax(q k^T / sqrt(head_dim)) v`.

    Rows that may see nothing are 0. `causal` is aligned at the end, as decoding with a cache needs:
    the last query sees all keys. PyTorch's `is_causal` is aligned at the start.

    Args:
        q: queries, `(batch, heads, q_len, head_dim)`.
        k: keys, `(batch, kv_heads, kv_len, head_dim)`; `kv_heads` divides `heads`.
        v: values, `(batch, kv_heads, kv_len, v_dim)`.
        mask: boolean (`True` = may look) or additive, of a shape that broadcasts to
            `(batch, heads, q_len, kv_len)`.
        causal: hide the keys that come after a query, beside what `mask` hides.
        scale: factor of the scores; `head_dim ** -0.5` by default.
        dropout: probability that a weight is set to 0, the others being scaled up.
        teaching: compute the formula in plain operations, not with PyTorch's kernel.

    Raises:
        TypeError: q, k and v are not of one floating dtype, or the mask is neither boolean nor floating.
        ValueError: shapes do not fit, or `dropout` is no probability.

    Examples:
        >>> x = torch.eye(3)[None, None]
        >>> scaled_dot_product(x, x, x, causal=True, scale=0.0)
        tensor([[[[1.0000, 0.0000, 0.0000],
                  [0.5000, 0.5000, 0.0000],
                  [0.3333, 0.3333, 0.3333]]]])
    """
    _check_scores(q, k, mask)
    _check_values(q, k, v)
    if not 0 <= dropout < 1:
        raise ValueError(f"expected dropout of at least 0 and less than 1, got {dropout}")
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    group = q.shape[1] // k.shape[1]
    if teaching:
        mask = _with_causal(q, k, mask) if causal else mask
        weights = _weights(q, k.repeat_interleave(group, dim=1), mask, scale)
        weights = nn.functional.dropout(weights, dropout)
        return weights @ v.repeat_interleave(group, dim=1)
    if scale <= 0:  # the kernel scales after masking, and 0 * -inf is nan
        q, scale = q * scale, 1.0
    # The kernel's own causal mask needs no memory, but is aligned at the start and takes no mask beside it.
    kernel_causal = causal and mask is None and q.shape[-2] == k.shape[-2]
    if causal and not kernel_causal and (mask is not None or q.shape[-2] != 1):
        mask = _with_causal(q, k, mask)
    if mask is not None and mask.dtype != torch.bool:
        mask = mask.to(q.dtype)
    return nn.functional.scaled_dot_product_attention(
        q, k, v, mask, dropout, kernel_causal, scale=scale, enable_gqa=group > 1
    )


class MultiHeadAttention(nn.Module):
    """Attention in several heads: project, split, attend in each head, merge, project.

    Args:
        dim: width of the tokens, in and out.
        heads: number of heads of queries.
        kv_heads: number of heads of keys and values, which divides `heads`. As many as `heads` by
            default; fewer is grouped-query attention, 1 is multi-query attention.
        head_dim: width of a head; `dim // heads` by default.
        bias: whether the four projections have a bias.
        dropout: probability of dropping an attention weight, in training only.

    Raises:
        ValueError: a size is less than 1, `heads` does not divide `dim` (where `head_dim` is not
            given), `kv_heads` does not divide `heads`, or `dropout` is no probability.

    Examples:
        >>> layer = MultiHeadAttention(dim=8, heads=4, kv_heads=2)
        >>> layer(torch.ones(1, 3, 8), causal=True).shape
        torch.Size([1, 3, 8])
        >>> layer.k_proj
        Linear(in_features=8, out_features=4, bias=True)
        >>> MultiHeadAttention(dim=10, heads=4)
        Traceback (most recent call last):
        ValueError: expected heads to divide dim 10, got 4 heads; or give head_dim
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        kv_heads: int | None = None,
        head_dim: int | None = None,
        *,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        kv_heads = heads if kv_heads is None else kv_heads
        if min(dim, heads, kv_heads, 1 if head_dim is None else head_dim) < 1:
            raise ValueError(
                f"expected dim, heads, kv_heads and head_dim of at least 1, "
                f"got {dim}, {heads}, {kv_heads} and {head_dim}"
            )
        if head_dim is None and dim % heads:
            raise ValueError(
                f"expected heads to divide dim {dim}, got {heads} heads; or give head_dim"
            )
        if heads % kv_heads:
            raise ValueError(f"expected kv_heads to divide heads {heads}, got {kv_heads}")
        if not 0 <= dropout < 1:
            raise ValueError(f"expected dropout of at least 0 and less than 1, got {dropout}")
        self.dim, self.heads, self.kv_heads, self.dropout = dim, heads, kv_heads, dropout
        self.head_dim = dim // heads if head_dim is None else head_dim
        self.q_proj = nn.Linear(dim, heads * self.head_dim, bias)
        self.k_proj = nn.Linear(dim, kv_heads * self.head_dim, bias)
        self.v_proj = nn.Linear(dim, kv_heads * self.head_dim, bias)
        self.out_proj = nn.Linear(heads * self.head_dim, dim, bias)

    def _check(self, name: str, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[-1] != self.dim:
            raise ValueError(
                f"expected {name} of shape (batch, length, {self.dim}), got {tuple(x.shape)}"
            )

    # --8<-- [start:core_split]
    def project_q(self, x: "torch.Tensor") -> "torch.Tensor":
        """Return the queries of the tokens, `(batch, heads, length, head_dim)`."""
        q: torch.Tensor = self.q_proj(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return q

    def project_kv(self, x: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """Return keys and values of the tokens, each `(batch, kv_heads, length, head_dim)`."""
        k = self.k_proj(x).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        v = self.v_proj(x).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        return k, v

    def merge(self, heads: "torch.Tensor") -> "torch.Tensor":
        """Return what the heads found, side by side and projected: `(batch, length, dim)`."""
        out: torch.Tensor = self.out_proj(heads.transpose(1, 2).flatten(2))
        return out

    # --8<-- [end:core_split]

    def forward(
        self,
        x: Float[Tensor, "..."],
        memory: Float[Tensor, "..."] | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
        teaching: bool = False,
    ) -> Float[Tensor, "batch q_len dim"]:
        """Return what each token of `x` takes from the tokens of `memory`, or of `x` itself.

        Args:
            x: tokens that ask, `(batch, q_len, dim)`.
            memory: tokens that are asked, `(batch, kv_len, dim)`: cross-attention. `x` by default.
            mask: as in [`scaled_dot_product`][reference_impl.attention.scaled_dot_product].
            causal: as there.
            teaching: as there.

        Raises:
            TypeError: the mask is neither boolean nor floating.
            ValueError: a shape does not fit.
        """
        self._check("x", x)
        if memory is not None:
            self._check("memory", memory)
            if memory.shape[0] != x.shape[0]:
                raise ValueError(
                    f"expected memory of the batch of x, {x.shape[0]}, got {memory.shape[0]}"
                )
        k, v = self.project_kv(x if memory is None else memory)
        heads = scaled_dot_product(
            self.project_q(x),
            k,
            v,
            mask,
            causal=causal,
            dropout=self.dropout if self.training else 0.0,
            teaching=teaching,
        )
        return self.merge(heads)

    @classmethod
    def from_torch(cls, layer: nn.MultiheadAttention) -> "MultiHeadAttention":
        """Return a layer with the weights of PyTorch's, copied.

        Args:
            layer: a `torch.nn.MultiheadAttention` whose queries, keys and values have one width.
                It takes `(length, batch, dim)` unless `batch_first`; ours is always batch first.

        Raises:
            ValueError: `layer` has other widths for keys or values, or `add_bias_kv` or `add_zero_attn`.
        """
        if layer.in_proj_weight is None or layer.bias_k is not None or layer.add_zero_attn:
            raise ValueError(
                "expected a layer without kdim, vdim, add_bias_kv and add_zero_attn, got "
                f"kdim={layer.kdim}, vdim={layer.vdim}, add_bias_kv={layer.bias_k is not None}, "
                f"add_zero_attn={layer.add_zero_attn}"
            )
        bias = layer.in_proj_bias is not None
        ours = cls(layer.embed_dim, layer.num_heads, bias=bias, dropout=layer.dropout)
        ours.to(layer.in_proj_weight.device, layer.in_proj_weight.dtype)
        with torch.no_grad():
            for i, part in enumerate((ours.q_proj, ours.k_proj, ours.v_proj)):
                part.weight.copy_(layer.in_proj_weight.chunk(3)[i])
                if bias:
                    part.bias.copy_(layer.in_proj_bias.chunk(3)[i])
            ours.out_proj.weight.copy_(layer.out_proj.weight)
            if bias:
                ours.out_proj.bias.copy_(layer.out_proj.bias)
        return ours
