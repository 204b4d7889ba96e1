r"""Exact attention in tiles, without the matrix of scores: FlashAttention in plain PyTorch.

The running maximum and sum are those of Milakov and Gimelshein,
[*Online normalizer calculation for softmax*](https://arxiv.org/abs/1805.02867), algorithm 3. Forward and
backward follow Dao, [*FlashAttention-2*](https://arxiv.org/abs/2307.08691), algorithms 1 and 2, which
refine [*FlashAttention*](https://arxiv.org/abs/2205.14135). The paper's $m$, $\ell$ and $L$ are
`maximum`, `total` and `lse` here, its $D$ is `delta`. This is the algorithm, not the speed: the papers keep a tile in
the fast memory of a GPU, which Python can't.
"""

# --8<-- [start:tiled_imports]
import math
from collections.abc import Iterator
from typing import Any

import torch

# --8<-- [end:tiled_imports]
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

__all__ = ["online_softmax", "tiled_attention"]


def _widened(x: Tensor) -> Tensor:
    """Return x in the dtype in which sums are taken: float32 for the 16-bit types."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _blocks(start: int, stop: int, block: int) -> Iterator[slice]:
    for i in range(start, stop, block):
        yield slice(i, min(i + block, stop))


def _check_block(block: int) -> None:
    if block < 1:
        raise ValueError(f"expected block of at least 1, got {block}")


def check_inputs(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    """Raise where queries, keys, values and mask do not fit together."""
    shapes = f"{tuple(q.shape)}, {tuple(k.shape)} and {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"expected q, k and v of at least 2 dimensions, got shapes {shapes}")
    if not q.is_floating_point() or not q.dtype == k.dtype == v.dtype:
        raise TypeError(
            f"expected q, k and v of one floating dtype, got {q.dtype}, {k.dtype} and {v.dtype}"
        )
    if not q.shape[:-2] == k.shape[:-2] == v.shape[:-2]:
        raise ValueError(f"expected q, k and v of the same batch and heads, got shapes {shapes}")
    if q.shape[-1] != k.shape[-1] or q.shape[-1] == 0:
        raise ValueError(f"expected q and k of one head_dim, at least 1, got shapes {shapes}")
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"expected as many keys as values, got shapes {shapes}")
    if mask is None:
        return
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise TypeError(f"expected a boolean or floating mask, got {mask.dtype}")
    full = (*q.shape[:-1], k.shape[-2])
    sizes = zip(reversed(mask.shape), reversed(full), strict=False)
    if mask.ndim > len(full) or any(size not in (1, wanted) for size, wanted in sizes):
        raise ValueError(f"expected a mask that broadcasts to {full}, got {tuple(mask.shape)}")


# --8<-- [start:tiled_fold]
def fold(
    state: "tuple[Tensor, Tensor, Tensor]", scores: "Tensor", values: "Tensor"
) -> "tuple[Tensor, Tensor, Tensor]":
    """Take one more tile into the running maximum, sum and output."""
    maximum, total, out = state
    new = torch.maximum(maximum, scores.amax(-1, keepdim=True))
    shift = new.masked_fill(new == -math.inf, 0.0)  # all masked so far: -inf less -inf is nan
    shrink = (maximum - shift).exp()
    weights = (scores - shift).exp()
    total = total * shrink + weights.sum(-1, keepdim=True)
    return new, total, out * shrink + weights @ values


# --8<-- [end:tiled_fold]


def online_softmax(
    scores: Float[Tensor, "*rows kv_len"], *, block: int = 64
) -> tuple[Float[Tensor, "*rows 1"], Float[Tensor, "*rows 1"]]:
    """Return what normalises a softmax over the last dimension, from one pass over blocks of it.

    Args:
        scores: rows of numbers; -inf is a place that gets no probability.
        block: how many of a row are looked at together.

    Returns:
        The maximum of each row, and the sum of `exp(scores - maximum)`. A row of -inf only, or an
        empty one, has maximum -inf and sum 0. Both are float32 for 16-bit scores.

    Raises:
        ValueError: block is less than 1.

    Examples:
        >>> scores = torch.tensor([1.0, 3.0, 2.0, 1003.0])
        >>> maximum, total = online_softmax(scores, block=2)
        >>> maximum, total
        (tensor([1003.]), tensor([1.]))
        >>> torch.equal((scores - maximum).exp() / total, scores.softmax(-1))
        True
    """
    _check_block(block)
    maximum = _widened(scores.new_full((*scores.shape[:-1], 1), -math.inf))
    total = torch.zeros_like(maximum)
    for cols in _blocks(0, scores.shape[-1], block):
        part = _widened(scores[..., cols])
        new = torch.maximum(maximum, part.amax(-1, keepdim=True))
        shift = new.masked_fill(new == -math.inf, 0.0)
        total = total * (maximum - shift).exp() + (part - shift).exp().sum(-1, keepdim=True)
        maximum = new
    return maximum, total


def _tile(x: Tensor, rows: slice, cols: slice) -> Tensor:
    """Return the part of a mask that belongs to a tile; a dimension of size 1 broadcasts."""
    every = slice(None)
    return x[..., rows if x.shape[-2] > 1 else every, cols if x.shape[-1] > 1 else every]


class _Problem:
    """What forward and backward share: the tiles there are, and the scores of one.

    Args:
        q: the queries, in any dtype.
        k: the keys.
        mask: as in `tiled_attention`.
        causal: likewise.
        scale: factor of the dot products.
        block: queries, and keys, in a tile.
    """

    def __init__(
        self, q: Tensor, k: Tensor, mask: Tensor | None, causal: bool, scale: float, block: int
    ) -> None:
        self.q, self.k, self.mask = q, k, mask
        self.causal, self.scale, self.block = causal, scale, block

    def query_blocks(self, cols: slice | None = None) -> Iterator[slice]:
        """Give the blocks of queries, only those that may see the given keys."""
        start = 0 if cols is None or not self.causal else cols.start // self.block * self.block
        return _blocks(start, self.q.shape[-2], self.block)

    def key_blocks(self, rows: slice | None = None) -> Iterator[slice]:
        """Give the blocks of keys, only those that the given queries may see."""
        stop = self.k.shape[-2]
        if rows is not None and self.causal:
            stop = min(stop, rows.stop)
        return _blocks(0, stop, self.block)

    def scores(self, rows: slice, cols: slice) -> Tensor:
        """Return the scores of one tile, -inf where masked."""
        q, k = _widened(self.q[..., rows, :]), _widened(self.k[..., cols, :])
        scores = (q * self.scale) @ k.mT
        if self.mask is not None:
            part = _tile(self.mask, rows, cols)
            if part.dtype == torch.bool:
                scores = scores.masked_fill(~part, -math.inf)
            else:
                scores = scores + part
        if self.causal and cols.stop - 1 > rows.start:
            i = torch.arange(rows.start, rows.stop, device=q.device)
            j = torch.arange(cols.start, cols.stop, device=q.device)
            scores = scores.masked_fill(j > i[:, None], -math.inf)
        return scores


# --8<-- [start:tiled_forward]
def _forward(problem: "_Problem", v: "Tensor") -> "tuple[Tensor, Tensor]":
    """Return the output, and for each query the logarithm of its softmax's denominator."""
    q = problem.q
    out = q.new_empty((*q.shape[:-1], v.shape[-1]))
    lse = _widened(q.new_empty((*q.shape[:-1], 1)))
    for rows in problem.query_blocks():
        maximum = torch.full_like(lse[..., rows, :], -math.inf)
        total, sums = torch.zeros_like(maximum), _widened(torch.zeros_like(out[..., rows, :]))
        for cols in problem.key_blocks(rows):
            scores, values = problem.scores(rows, cols), _widened(v[..., cols, :])
            maximum, total, sums = fold((maximum, total, sums), scores, values)
        empty = total == 0  # no key may be seen: the output is 0, and exp(scores - inf) is too
        out[..., rows, :] = sums / total.masked_fill(empty, 1.0)
        lse[..., rows, :] = (maximum + total.log()).masked_fill(empty, math.inf)
    return out, lse


# --8<-- [end:tiled_forward]


# --8<-- [start:tiled_backward]
def _backward(
    problem: "_Problem", v: "Tensor", out: "Tensor", lse: "Tensor", grad: "Tensor", mask_grad: bool
) -> "tuple[Tensor, Tensor, Tensor, Tensor | None]":
    """Return the gradients of q, k, v and of an additive mask, from scores computed again."""
    q, k, mask = problem.q, problem.k, problem.mask
    delta = (_widened(grad) * _widened(out)).sum(-1, keepdim=True)
    dq, dk, dv = _widened(torch.zeros_like(q)), torch.empty_like(k), torch.empty_like(v)
    dmask = None if mask is None or not mask_grad else _widened(torch.zeros_like(mask))
    for cols in problem.key_blocks():
        keys, values = _widened(k[..., cols, :]), _widened(v[..., cols, :])
        sum_k, sum_v = torch.zeros_like(keys), torch.zeros_like(values)
        for rows in problem.query_blocks(cols):
            weights = (problem.scores(rows, cols) - lse[..., rows, :]).exp()
            g = _widened(grad[..., rows, :])
            dscores = weights * (g @ values.mT - delta[..., rows, :])
            sum_v += weights.mT @ g
            sum_k += dscores.mT @ _widened(q[..., rows, :])
            dq[..., rows, :] += dscores @ keys
            if dmask is not None:
                part = _tile(dmask, rows, cols)
                part += dscores.sum_to_size(part.shape)
        dk[..., cols, :], dv[..., cols, :] = sum_k * problem.scale, sum_v
    dq *= problem.scale
    return dq, dk, dv, dmask


# --8<-- [end:tiled_backward]


class _TiledAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None,
        causal: bool,
        scale: float,
        block: int,
    ) -> Tensor:
        out, lse = _forward(_Problem(q, k, mask, causal, scale, block), v)
        ctx.save_for_backward(q, k, v, mask, out, lse)  # type: ignore[arg-type]  # None is allowed
        ctx.options = (causal, scale, block)  # type: ignore[attr-defined]  # any name may be set
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - see options
        q, k, v, mask, out, lse = ctx.saved_tensors
        problem = _Problem(q, k, mask, *ctx.options)
        dq, dk, dv, dmask = _backward(problem, v, out, lse, grad, ctx.needs_input_grad[3])
        if dmask is not None:
            dmask = dmask.to(mask.dtype)
        return dq.to(q.dtype), dk, dv, dmask, None, None, None


def tiled_attention(
    q: Float[Tensor, "*batch q_len head_dim"],
    k: Float[Tensor, "... kv_len key_dim"],
    v: Float[Tensor, "... values value_dim"],
    *,
    causal: bool = False,
    mask: Tensor | None = None,
    scale: float | None = None,
    block: int = 64,
) -> Float[Tensor, "*batch q_len value_dim"]:
    """Return softmax(q kᵀ · scale) v, computed in tiles of `block` by `block` scores.

    No tensor of q_len by kv_len numbers is made, in the backward pass neither: it keeps one number a
    query, and computes the scores again. Tiles that are masked whole by `causal` are
    skipped. Sums are taken in float32 for 16-bit input. There is no second derivative.

    Args:
        q: queries.
        k: keys, with the batch and heads of q.
        v: values, likewise.
        causal: query i sees keys 0 to i only, counted from the first key as in PyTorch's `is_causal`.
        mask: broadcasts to `(*batch, q_len, kv_len)`. Boolean, true where a query may look, or added to the
            scores. With `causal`, both hold. Its gradient, if wanted, is of its own size.
        scale: factor of the dot products, 1/√head_dim if not given.
        block: queries, and keys, in a tile.

    Returns:
        The outputs in the dtype of q, 0 for a query that may look nowhere.

    Raises:
        ValueError: shapes that don't fit, or block less than 1.
        TypeError: dtypes that differ, or a mask of integers.

    Examples:
        >>> from torch.nn.functional import scaled_dot_product_attention
        >>> q, k, v = torch.linspace(-1, 1, 3 * 2 * 100 * 8).reshape(3, 2, 100, 8)
        >>> out = tiled_attention(q, k, v, causal=True, block=32)
        >>> torch.allclose(out, scaled_dot_product_attention(q, k, v, is_causal=True), atol=1e-6)
        True
    """
    _check_block(block)
    check_inputs(q, k, v, mask)
    if mask is not None:
        mask = mask.reshape((1,) * (2 - mask.ndim) + mask.shape)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    out: Tensor = _TiledAttention.apply(q, k, v, mask, causal, scale, block)  # type: ignore[no-untyped-call]  # apply has no types
    return out
