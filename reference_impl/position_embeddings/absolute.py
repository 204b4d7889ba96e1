"""Absolute positions, added to the token embeddings: the sinusoids of 2017, and a learned table."""

# --8<-- [start:imports]
import torch
from torch import Tensor, nn

# --8<-- [end:imports]
from reference_impl.position_embeddings.base import PositionScheme


def check_positions(positions: Tensor) -> None:
    """Raise unless `positions` are integers from 0 on, in one dimension.

    Args:
        positions: Integers of shape `(length,)`.

    Raises:
        TypeError: If `positions` are not integers.
        ValueError: If `positions` are not one-dimensional, or one is negative.

    >>> check_positions(torch.tensor([0, 7]))
    >>> check_positions(torch.tensor([-1]))
    Traceback (most recent call last):
    ValueError: expected positions from 0 on, got -1
    """
    if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
        raise TypeError(f"expected integer positions, got {positions.dtype}")
    if positions.ndim != 1:
        raise ValueError(
            f"expected positions of shape (length,), got shape {tuple(positions.shape)}"
        )
    if positions.numel() and positions.min() < 0:
        raise ValueError(f"expected positions from 0 on, got {int(positions.min())}")


def _check_input(x: Tensor, dim: int, positions: Tensor) -> None:
    check_positions(positions)
    if x.ndim != 3 or tuple(x.shape[1:]) != (len(positions), dim):
        raise ValueError(
            f"expected x of shape (batch, {len(positions)}, {dim}), got shape {tuple(x.shape)}"
        )


# --8<-- [start:sinusoids]
def sinusoids(positions: Tensor, dim: int, base: float = 10000.0) -> Tensor:
    """Sines in the even columns, cosines in the odd ones, each pair slower than the one before.

    Column `2i` is `sin(p / base ** (2i / dim))`, column `2i + 1` the cosine of the same angle, as in
    *Attention Is All You Need*, section 3.5. The angles are float64, the result is float32.

    Args:
        positions: Integers of shape `(length,)`; distances may be negative.
        dim: Columns: an even number.
        base: The last pair is slower than the first by nearly this factor.

    Raises:
        ValueError: If `dim` is odd or less than 2, or `base` is not above 1.

    >>> sinusoids(torch.tensor([0, 1]), 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    if dim < 2 or dim % 2:
        raise ValueError(f"expected an even dim of at least 2, got {dim}")
    if not base > 1:
        raise ValueError(f"expected a base above 1, got {base}")
    pairs = torch.arange(0, dim, 2, dtype=torch.float64, device=positions.device)
    angle = positions[:, None].double() / base ** (pairs / dim)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2).float()


# --8<-- [end:sinusoids]


# --8<-- [start:shift_matrix]
def shift_matrix(offset: int, dim: int, base: float = 10000.0) -> Tensor:
    """The matrix that moves every sinusoid by `offset`: `M @ sinusoid(p) == sinusoid(p + offset)`.

    It does not depend on `p`. It is made of 2 x 2 rotations, one for each pair of columns.

    Args:
        offset: How far to move; may be negative.
        dim: As in [`sinusoids`][reference_impl.position_embeddings.sinusoids].
        base: As in `sinusoids`.

    Raises:
        ValueError: If `dim` is odd or less than 2, or `base` is not above 1.

    >>> shift_matrix(1, 2)
    tensor([[ 0.5403,  0.8415],
            [-0.8415,  0.5403]])
    """
    sin, cos = sinusoids(torch.tensor([offset]), dim, base)[0].reshape(-1, 2).unbind(-1)
    even, odd = torch.arange(0, dim, 2), torch.arange(1, dim, 2)
    matrix = torch.zeros(dim, dim)
    matrix[even, even] = matrix[odd, odd] = cos
    matrix[even, odd], matrix[odd, even] = sin, -sin
    return matrix


# --8<-- [end:shift_matrix]


class Sinusoidal(PositionScheme):
    """Adds fixed sinusoids to the token embeddings. It holds no parameter and has no last position.

    Args:
        dim: The size of a token embedding: an even number.
        base: See [`sinusoids`][reference_impl.position_embeddings.sinusoids].

    Raises:
        ValueError: If `dim` is odd or less than 2, or `base` is not above 1.

    >>> Sinusoidal(2).embed(torch.zeros(1, 2, 2), torch.tensor([0, 1]))
    tensor([[[0.0000, 1.0000],
             [0.8415, 0.5403]]])
    """

    def __init__(self, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        sinusoids(torch.arange(0), dim, base)  # Raises now, not in the first forward.
        self.dim = dim
        self.base = base

    def embed(self, x: Tensor, positions: Tensor) -> Tensor:
        """`x` and the sinusoid of each position.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If positions are negative, or `x` has another shape than `(batch, length, dim)`.
        """
        _check_input(x, self.dim, positions)
        return x + sinusoids(positions, self.dim, self.base).to(x.device, x.dtype)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"{self.dim}, base={self.base}"


# --8<-- [start:learned]
class Learned(PositionScheme):
    """Adds one learned vector for each position. The table has an end, and so has the text.

    Args:
        length: Rows of the table: positions 0 to `length - 1`.
        dim: The size of a token embedding.

    Raises:
        ValueError: If `length` or `dim` is less than 1.

    >>> Learned(4, 2).embed(torch.zeros(1, 1, 2), torch.tensor([4]))
    Traceback (most recent call last):
    ValueError: expected positions below 4, the length of the learned table, got 4
    """

    def __init__(self, length: int, dim: int) -> None:
        super().__init__()
        if length < 1 or dim < 1:
            raise ValueError(f"expected length and dim of at least 1, got {length} and {dim}")
        self.weight = nn.Parameter(torch.randn(length, dim) * 0.02)

    def embed(self, x: Tensor, positions: Tensor) -> Tensor:
        """`x` and the row of each position.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If a position is negative or past the table, or `x` has another shape.
        """
        length, dim = self.weight.shape
        _check_input(x, dim, positions)
        if positions.numel() and positions.max() >= length:
            raise ValueError(
                f"expected positions below {length}, the length of the learned table, "
                f"got {int(positions.max())}"
            )
        return x + self.weight[positions].to(x.dtype)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


# --8<-- [end:learned]
