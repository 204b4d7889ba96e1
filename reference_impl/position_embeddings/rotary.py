"""Rotary position embeddings: each pair of numbers in a query or key is turned by its position."""

from collections.abc import Callable

# --8<-- [start:imports]
import torch
from torch import Tensor

# --8<-- [end:imports]
from reference_impl.position_embeddings.base import PositionScheme
from reference_impl.position_embeddings.rotary_scaling import RotaryScaling, frequencies

LAYOUTS = ("interleaved", "half-split")


# --8<-- [start:angles]
def angles(positions: Tensor, freqs: Tensor) -> Tensor:
    """The angle of each pair at each position, in float32 at least: `positions` times `freqs`.

    Args:
        positions: Integers from 0 on, of shape `(length,)`.
        freqs: The angle per position, of shape `(pairs,)`.

    Raises:
        TypeError: If `positions` are not integers.
        ValueError: If `positions` are not one-dimensional, or one is negative.

    >>> angles(torch.tensor([0, 3]), torch.tensor([1.0, 0.5]))
    tensor([[0.0000, 0.0000],
            [3.0000, 1.5000]])
    """
    if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
        raise TypeError(f"expected integer positions, got {positions.dtype}")
    if positions.ndim != 1:
        raise ValueError(
            f"expected positions of shape (length,), got shape {tuple(positions.shape)}"
        )
    if positions.numel() and positions.min() < 0:
        raise ValueError(f"expected positions from 0 on, got {int(positions.min())}")
    dtype = torch.promote_types(freqs.dtype, torch.float32)
    return positions.to(dtype)[:, None] * freqs.to(positions.device, dtype)


# --8<-- [end:angles]


def _check_turn(x: Tensor, theta: Tensor) -> None:
    if x.ndim < 2:
        raise ValueError(f"expected x of shape (..., length, dim), got shape {tuple(x.shape)}")
    if x.shape[-1] % 2:
        raise ValueError(f"expected an even rotary dimension, got {x.shape[-1]}")
    expected = (x.shape[-2], x.shape[-1] // 2)
    if tuple(theta.shape) != expected:
        raise ValueError(
            f"expected angles of shape {expected}, one for each position and pair of x "
            f"with shape {tuple(x.shape)}, got {tuple(theta.shape)}"
        )


# --8<-- [start:rotate_interleaved]
def rotate_interleaved(x: Tensor, theta: Tensor) -> Tensor:
    """Turn neighbours: the numbers 0 and 1 are the first pair, 2 and 3 the second.

    Args:
        x: Queries or keys, of shape `(..., length, dim)`.
        theta: Angles, of shape `(length, dim / 2)`.

    Raises:
        ValueError: If `dim` is odd or `theta` has another shape.

    >>> x = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    >>> rotate_interleaved(x, torch.tensor([[0.0, 0.5]]))
    tensor([[1.0000, 0.0000, 0.8776, 0.4794]])
    """
    _check_turn(x, theta)
    cos, sin = theta.cos(), theta.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    turned = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1)
    return turned.flatten(-2).to(x.dtype)


# --8<-- [end:rotate_interleaved]


# --8<-- [start:rotate_half_split]
def rotate_half_split(x: Tensor, theta: Tensor) -> Tensor:
    """Turn partners half a vector apart: with `dim` 4, the numbers 0 and 2, then 1 and 3.

    Args:
        x: Queries or keys, of shape `(..., length, dim)`.
        theta: Angles, of shape `(length, dim / 2)`.

    Raises:
        ValueError: If `dim` is odd or `theta` has another shape.

    >>> x = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    >>> rotate_half_split(x, torch.tensor([[0.0, 0.5]]))
    tensor([[1.0000, 0.8776, 0.0000, 0.4794]])
    """
    _check_turn(x, theta)
    cos, sin = theta.cos(), theta.sin()
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1).to(x.dtype)


# --8<-- [end:rotate_half_split]


# --8<-- [start:rotate_complex]
def rotate_complex(x: Tensor, theta: Tensor) -> Tensor:
    """The same as `rotate_interleaved`: a pair is one complex number, a turn one multiplication.

    Args:
        x: Queries or keys, of shape `(..., length, dim)`.
        theta: Angles, of shape `(length, dim / 2)`.

    Raises:
        ValueError: If `dim` is odd or `theta` has another shape.

    >>> x = torch.tensor([[1.0, 0.0]])
    >>> rotate_complex(x, torch.tensor([[0.5]]))
    tensor([[0.8776, 0.4794]])
    """
    _check_turn(x, theta)
    wide = x.to(torch.promote_types(x.dtype, theta.dtype))
    z = torch.view_as_complex(wide.reshape(*wide.shape[:-1], wide.shape[-1] // 2, 2).contiguous())
    turn = torch.polar(torch.ones_like(theta), theta)
    return torch.view_as_real(z * turn).flatten(-2).to(x.dtype)


# --8<-- [end:rotate_complex]

_ROTATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "interleaved": rotate_interleaved,
    "half-split": rotate_half_split,
}


def _check_layout(layout: str) -> None:
    if layout not in LAYOUTS:
        raise ValueError(f"expected a layout of {LAYOUTS}, got {layout!r}")


# --8<-- [start:convert_weights]
def convert_weights(weight: Tensor, heads: int, to: str, rotary_dim: int | None = None) -> Tensor:
    """Reorder the rows of a query or key projection for the other layout. Scores stay the same.

    Args:
        weight: The weight `(heads * head_dim, in_features)`, or the bias `(heads * head_dim,)`.
        heads: Its own number of heads: for the keys of grouped-query attention, the key heads.
        to: The layout wanted: "half-split" or "interleaved". `weight` has the other one.
        rotary_dim: How many numbers of each head are turned; all by default.

    Raises:
        ValueError: If the layout is unknown, or sizes do not divide or are odd.

    >>> convert_weights(torch.arange(8), heads=2, to="half-split")
    tensor([0, 2, 1, 3, 4, 6, 5, 7])
    >>> convert_weights(torch.tensor([0, 2, 1, 3]), heads=1, to="interleaved")
    tensor([0, 1, 2, 3])
    """
    if to not in ("interleaved", "half-split"):
        raise ValueError(f"expected a layout of ('interleaved', 'half-split'), got {to!r}")
    rows = weight.shape[0] if weight.ndim else 0
    if heads < 1 or rows == 0 or rows % heads:
        raise ValueError(f"expected rows that divide into {heads} heads, got {rows} rows")
    size = rows // heads if rotary_dim is None else rotary_dim
    if size % 2 or not 2 <= size <= rows // heads:
        raise ValueError(f"expected an even rotary dimension from 2 to {rows // heads}, got {size}")
    order = torch.arange(rows, device=weight.device).reshape(heads, rows // heads)
    pairs = (size // 2, 2) if to == "half-split" else (2, size // 2)
    turned = order[:, :size].reshape(heads, *pairs).transpose(-1, -2).flatten(-2)
    return weight[torch.cat([turned, order[:, size:]], dim=-1).flatten()]


# --8<-- [end:convert_weights]


class Rotary(PositionScheme):
    """Rotary position embedding: turns queries and keys in every layer, and leaves values alone.

    It holds no tensor at all. The frequencies are made anew in each call, in float32, so casting
    the model to bfloat16 cannot harm them, and there is nothing to store in a checkpoint.

    Args:
        head_dim: The size of a head.
        base: See [`frequencies`][reference_impl.position_embeddings.frequencies].
        layout: "half-split" as in Llama in Transformers and in GPT-NeoX, or "interleaved" as in the paper.
        fraction: The share of `head_dim`, from its start, that is turned. The rest carries no position.
        scaling: How to stretch the frequencies for long texts; None for not at all.

    Raises:
        ValueError: If the layout is unknown, or the part to turn is odd or empty.

    >>> rotary = Rotary(4, layout="interleaved")
    >>> q = torch.tensor([[[[1.0, 0.0, 1.0, 0.0]]]])
    >>> at_5, at_3 = rotary.rotate(q, q, torch.tensor([5]), torch.tensor([3]))
    >>> at_7, at_5_again = rotary.rotate(q, q, torch.tensor([7]), torch.tensor([5]))
    >>> torch.allclose((at_5 * at_3).sum(), (at_7 * at_5_again).sum())
    True
    """

    def __init__(
        self,
        head_dim: int,
        *,
        base: float = 10000.0,
        layout: str = "half-split",
        fraction: float = 1.0,
        scaling: RotaryScaling | None = None,
    ) -> None:
        super().__init__()
        _check_layout(layout)
        if not 0 < fraction <= 1:
            raise ValueError(f"expected a fraction above 0 and at most 1, got {fraction}")
        self.head_dim = head_dim
        self.rotary_dim = int(head_dim * fraction)
        self.base = base
        self.layout = layout
        self.scaling = scaling
        frequencies(self.rotary_dim, base)  # Raises now, not in the first forward.

    def frequencies(self, length: int = 1) -> Tensor:
        """The frequencies used for a text of `length` tokens; only dynamic scaling looks at it."""
        if self.scaling is None:
            return frequencies(self.rotary_dim, self.base)
        return self.scaling.frequencies(self.rotary_dim, self.base, length)

    def turn(self, x: Tensor, positions: Tensor, length: int | None = None) -> Tensor:
        """Turn queries or keys of shape `(..., length, head_dim)`.

        Args:
            x: The queries or keys.
            positions: One integer for each of them: with a cache, not from 0 on.
            length: The length of the whole text, for dynamic scaling; the last position + 1 by default.

        Raises:
            TypeError: If `positions` are not integers.
            ValueError: If `x` has another head size, or `positions` are negative or not as many as tokens.

        >>> x = torch.ones(1, 2)
        >>> Rotary(2).turn(x, torch.tensor([0]))
        tensor([[1., 1.]])
        """
        if x.ndim < 2 or x.shape[-1] != self.head_dim:
            raise ValueError(
                f"expected x of shape (..., length, {self.head_dim}), got shape {tuple(x.shape)}"
            )
        if tuple(positions.shape) != (x.shape[-2],):
            raise ValueError(
                f"expected {x.shape[-2]} positions, one for each token, got shape {tuple(positions.shape)}"
            )
        if length is None:
            length = int(positions.max()) + 1 if positions.numel() else 1
        wide = torch.promote_types(x.dtype, torch.float32)
        theta = angles(positions, self.frequencies(length).to(x.device, wide)).to(x.device)
        part, rest = x[..., : self.rotary_dim].to(wide), x[..., self.rotary_dim :]
        turned = _ROTATIONS[self.layout](part, theta)
        if self.scaling is not None:
            turned = turned * self.scaling.attention_factor
        return torch.cat([turned.to(x.dtype), rest], dim=-1)

    def rotate(
        self, q: Tensor, k: Tensor, q_positions: Tensor, k_positions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Queries and keys, each turned by its own positions.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If a head size differs, or positions are negative or not as many as tokens.
        """
        last = [int(p.max()) for p in (q_positions, k_positions) if p.numel()]
        length = max(last, default=0) + 1
        return self.turn(q, q_positions, length), self.turn(k, k_positions, length)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        text = f"{self.head_dim}, rotary_dim={self.rotary_dim}, base={self.base}, layout={self.layout!r}"
        return text if self.scaling is None else f"{text}, scaling={self.scaling}"
