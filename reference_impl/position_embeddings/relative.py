"""Relative positions, used inside attention: Shaw, Transformer-XL, T5's buckets and ALiBi."""

# --8<-- [start:imports]
import math

import torch
from torch import Tensor, nn

# --8<-- [end:imports]
from reference_impl.position_embeddings.absolute import check_positions, sinusoids
from reference_impl.position_embeddings.base import PositionScheme


def relative_positions(q_positions: Tensor, k_positions: Tensor) -> Tensor:
    """Key position minus query position, for every pair: negative where the key comes before.

    Args:
        q_positions: Integers from 0 on, of shape `(queries,)`.
        k_positions: Integers from 0 on, of shape `(keys,)`.

    Raises:
        TypeError: If positions are not integers.
        ValueError: If positions are negative or not one-dimensional.

    >>> relative_positions(torch.tensor([2, 3]), torch.arange(4))
    tensor([[-2, -1,  0,  1],
            [-3, -2, -1,  0]])
    """
    check_positions(q_positions)
    check_positions(k_positions)
    return k_positions[None, :] - q_positions[:, None]


def _check_heads(heads: int, head_dim: int = 1) -> None:
    if heads < 1 or head_dim < 1:
        raise ValueError(f"expected heads and head_dim of at least 1, got {heads} and {head_dim}")


def _check_qk(
    name: str, x: Tensor, heads: int | None, head_dim: int | None, positions: Tensor
) -> None:
    wanted = (heads or "heads", len(positions), head_dim or "head_dim")
    fits = x.ndim == 4 and all(
        isinstance(size, str) or size == got for size, got in zip(wanted, x.shape[1:], strict=True)
    )
    if not fits:
        raise ValueError(
            f"expected {name} of shape (batch, {', '.join(map(str, wanted))}), "
            f"got shape {tuple(x.shape)}"
        )


class Shaw(PositionScheme):
    """Learned vectors for clipped distances, added to the keys and, if wanted, to the values.

    Shaw et al. 2018, equations 3 and 4, with tables that all heads share. What is returned is only
    the added part: `q . a_K / sqrt(d)` for the scores, and `weights @ a_V`.

    Args:
        head_dim: The size of a head.
        max_distance: Distances beyond this, on either side, share the last vector: the paper's `k`.
        values: Whether to have a table for the values too.

    Raises:
        ValueError: If `head_dim` or `max_distance` is less than 1.

    >>> shaw = Shaw(head_dim=4, max_distance=2)
    >>> q = torch.ones(1, 1, 5, 4)
    >>> scores = shaw.scores(q, q, torch.arange(5), torch.arange(5))
    >>> bool(scores[0, 0, 0, 2] == scores[0, 0, 0, 4])  # distances 2 and 4 share a vector
    True
    """

    def __init__(self, head_dim: int, max_distance: int = 16, *, values: bool = True) -> None:
        super().__init__()
        _check_heads(1, head_dim)
        if max_distance < 1:
            raise ValueError(f"expected max_distance of at least 1, got {max_distance}")
        self.max_distance = max_distance
        rows = 2 * max_distance + 1
        self.keys = nn.Parameter(torch.randn(rows, head_dim) * 0.02)
        self.values_table = nn.Parameter(torch.randn(rows, head_dim) * 0.02) if values else None

    def rows(self, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """Which row of the tables belongs to each pair: 0 for far before, `2 k` for far after.

        >>> Shaw(4, 2).rows(torch.tensor([3]), torch.arange(7))
        tensor([[0, 0, 1, 2, 3, 4, 4]])
        """
        k = self.max_distance
        return relative_positions(q_positions, k_positions).clamp(-k, k) + k

    def scores(self, q: Tensor, k: Tensor, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """The query against the vector of each distance, divided by the root of the head size.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If `q` or `k` has another shape, or positions are negative.
        """
        rows = self.rows(q_positions, k_positions)
        _check_qk("q", q, None, self.keys.shape[1], q_positions)
        _check_qk("k", k, None, self.keys.shape[1], k_positions)
        scores = shaw_scores(q, self.keys.to(q.dtype), rows)
        return scores / math.sqrt(q.shape[-1])

    def values(self, weights: Tensor, q_positions: Tensor, k_positions: Tensor) -> Tensor | None:
        """The vectors of the distances, averaged with the attention weights.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If `weights` has another shape, or positions are negative.
        """
        if self.values_table is None:
            return None
        rows = self.rows(q_positions, k_positions)
        if weights.ndim != 4 or weights.shape[-2:] != rows.shape:
            raise ValueError(
                f"expected weights of shape (batch, heads, {rows.shape[0]}, {rows.shape[1]}), "
                f"got shape {tuple(weights.shape)}"
            )
        return shaw_values(weights, self.values_table.to(weights.dtype), rows)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"max_distance={self.max_distance}, values={self.values_table is not None}"


# --8<-- [start:shaw_efficient]
def shaw_scores(q: Tensor, table: Tensor, rows: Tensor) -> Tensor:
    """Each query against the vector of each key's distance, without a vector for every pair.

    Args:
        q: Queries `(batch, heads, queries, head_dim)`.
        table: One vector for each distance, `(distances, head_dim)`.
        rows: The row of each pair, `(queries, keys)`.

    >>> shaw_scores(torch.ones(1, 1, 1, 2), torch.eye(2), torch.tensor([[0, 1, 1]]))
    tensor([[[[1., 1., 1.]]]])
    """
    by_distance = q @ table.T
    return by_distance.gather(-1, rows.expand(*q.shape[:-1], rows.shape[-1]))


def shaw_values(weights: Tensor, table: Tensor, rows: Tensor) -> Tensor:
    """The vectors of the distances, averaged: first the weight of each distance, then one product.

    Args:
        weights: Attention weights `(batch, heads, queries, keys)`.
        table: As in `shaw_scores`.
        rows: As in `shaw_scores`.

    >>> shaw_values(torch.tensor([[[[0.5, 0.25, 0.25]]]]), torch.eye(2), torch.tensor([[0, 1, 1]]))
    tensor([[[[0.5000, 0.5000]]]])
    """
    by_distance = weights.new_zeros(*weights.shape[:-1], len(table))
    return by_distance.scatter_add(-1, rows.expand_as(weights), weights) @ table


# --8<-- [end:shaw_efficient]


# --8<-- [start:relative_shift]
def relative_shift(x: Tensor, keys: int) -> Tensor:
    """From a column for each distance to a column for each key: `out[i, j] = x[i, j - i + Q - 1]`.

    Row `i` moves left by `Q - 1 - i`. A column of padding makes each row one longer; read again in
    rows of the old length, each starts one further on.

    Args:
        x: Scores `(..., Q, Q + keys - 1)`; the columns are key minus query, from `1 - Q` upwards.
        keys: Number of keys.

    Raises:
        ValueError: If the last two sizes are not `Q` and `Q + keys - 1`.

    >>> relative_shift(torch.tensor([[-1, 0, 1], [-1, 0, 1]]), keys=2)
    tensor([[ 0,  1],
            [-1,  0]])
    """
    if x.ndim < 2 or keys < 1 or x.shape[-1] != x.shape[-2] + keys - 1:
        raise ValueError(
            f"expected shape (..., Q, Q + keys - 1) with keys {keys} of at least 1, "
            f"got shape {tuple(x.shape)}"
        )
    queries, columns = x.shape[-2:]
    flat = torch.nn.functional.pad(x, (0, 1)).flatten(-2)
    rows = flat[..., queries - 1 : -1].reshape(*x.shape[:-2], queries, columns)
    return rows[..., :keys]


# --8<-- [end:relative_shift]


class TransformerXL(PositionScheme):
    """Four terms: content and distance in the key, the query and a learned bias against each.

    Dai et al. 2019, section 3.3. The plain `q . k` is attention's own; the other three are added here:
    `(q . r + u . k + v . r) / sqrt(d)`, with `r` a projected sinusoid of the distance. The authors' code
    has all sines before all cosines; here they alternate, which reorders the columns of `project`.

    Args:
        heads: Number of heads.
        head_dim: The size of a head.
        dim: The size of the sinusoid, even: `heads * head_dim` by default.

    Raises:
        ValueError: If `heads` or `head_dim` is less than 1, or `dim` is odd.

    >>> xl = TransformerXL(heads=2, head_dim=4)
    >>> q = torch.ones(1, 2, 3, 4)
    >>> xl.scores(q, q, torch.arange(3), torch.arange(3)).shape
    torch.Size([1, 2, 3, 3])
    """

    def __init__(self, heads: int, head_dim: int, dim: int | None = None) -> None:
        super().__init__()
        _check_heads(heads, head_dim)
        self.heads, self.head_dim = heads, head_dim
        self.dim = heads * head_dim if dim is None else dim
        sinusoids(torch.arange(0), self.dim)  # Raises now, not in the first forward.
        self.project = nn.Linear(self.dim, heads * head_dim, bias=False)
        self.content_bias = nn.Parameter(torch.zeros(heads, head_dim))
        self.distance_bias = nn.Parameter(torch.zeros(heads, head_dim))

    def distance_keys(self, distances: Tensor) -> Tensor:
        """The paper's `W R`: one key for each distance, of shape `(heads, distances, head_dim)`.

        Args:
            distances: Query minus key, `(distances,)`: negative where the key comes after.

        >>> TransformerXL(2, 4).distance_keys(torch.tensor([1, 0, -1])).shape
        torch.Size([2, 3, 4])
        """
        table = sinusoids(distances, self.dim).to(self.project.weight)
        out: Tensor = self.project(table).unflatten(-1, (self.heads, self.head_dim))
        return out.transpose(0, 1)

    def scores(self, q: Tensor, k: Tensor, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """The three added terms. Positions that follow each other go through `relative_shift`.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If `q` or `k` has another shape, or positions are negative.
        """
        relative = relative_positions(q_positions, k_positions)
        _check_qk("q", q, self.heads, self.head_dim, q_positions)
        _check_qk("k", k, self.heads, self.head_dim, k_positions)
        content = self.content_bias.to(k.dtype)[:, None] @ k.mT
        queries = q + self.distance_bias.to(q.dtype)[:, None]
        if relative.numel() == 0:
            return content.expand(-1, -1, len(q_positions), -1)
        low, high = int(relative.min()), int(relative.max())
        columns = torch.arange(low, high + 1, device=relative.device)
        by_distance = queries @ self.distance_keys(-columns).to(q.dtype).mT
        steps = torch.cat([q_positions.diff(), k_positions.diff()])
        if bool((steps == 1).all()):
            position = relative_shift(by_distance, len(k_positions))
        else:
            position = by_distance.gather(-1, (relative - low).expand(*q.shape[:3], -1))
        return (content + position) / math.sqrt(self.head_dim)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"{self.heads}, {self.head_dim}, dim={self.dim}"


# --8<-- [start:t5_bucket]
def t5_bucket(
    relative: Tensor, *, bidirectional: bool = True, num_buckets: int = 32, max_distance: int = 128
) -> Tensor:
    """The bucket of each relative position: exact when near, ever wider when far, then one for all.

    Args:
        relative: Key minus query, integers of any shape.
        bidirectional: Half of the buckets for keys after the query; else those share bucket 0.
        num_buckets: Number of buckets, even if bidirectional.
        max_distance: From this distance on, certainly, the last bucket.

    Raises:
        ValueError: If there are too few buckets, or `max_distance` is not beyond the exact ones.

    >>> t5_bucket(torch.tensor([-200, -9, -3, 0, 3, 9, 200]))
    tensor([15,  8,  3,  0, 19, 24, 31])
    """
    side = num_buckets // 2 if bidirectional else num_buckets
    exact = side // 2
    if exact < 1 or (bidirectional and num_buckets % 2):
        least = (
            "an even num_buckets of at least 4" if bidirectional else "num_buckets of at least 2"
        )
        raise ValueError(f"expected {least}, got {num_buckets}")
    if max_distance <= exact:
        raise ValueError(f"expected max_distance above the {exact} exact ones, got {max_distance}")
    distance = relative.abs() if bidirectional else (-relative).clamp(min=0)
    log = torch.log(distance.clamp(min=1).float() / exact) / math.log(max_distance / exact)
    wide = (exact + (log * (side - exact)).long()).clamp(max=side - 1)
    bucket = torch.where(distance < exact, distance, wide)
    return bucket + side * (relative > 0) if bidirectional else bucket


# --8<-- [end:t5_bucket]


class T5Bias(PositionScheme):
    """One learned number for each head and bucket of distance, added to the scores.

    Raffel et al. 2020, section 2.1. T5 has one such table for its encoder and one for its decoder,
    each shared by all layers. The parameter has Transformers' name, `relative_attention_bias.weight`.

    Args:
        heads: Number of heads.
        num_buckets: See [`t5_bucket`][reference_impl.position_embeddings.t5_bucket].
        max_distance: See `t5_bucket`.
        bidirectional: True in an encoder, False in a decoder.

    Raises:
        ValueError: If `heads` is less than 1, or the buckets are refused by `t5_bucket`.

    >>> q = torch.ones(1, 2, 3, 4)
    >>> T5Bias(heads=2).scores(q, q, torch.arange(3), torch.arange(3)).shape
    torch.Size([1, 2, 3, 3])
    """

    def __init__(
        self,
        heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        *,
        bidirectional: bool = True,
    ) -> None:
        super().__init__()
        _check_heads(heads)
        self.num_buckets, self.max_distance = num_buckets, max_distance
        self.bidirectional = bidirectional
        self.bucket(torch.arange(0))  # Raises now, not in the first forward.
        self.relative_attention_bias = nn.Embedding(num_buckets, heads)

    def bucket(self, relative: Tensor) -> Tensor:
        """The bucket of each relative position, with the settings of this scheme."""
        return t5_bucket(
            relative,
            bidirectional=self.bidirectional,
            num_buckets=self.num_buckets,
            max_distance=self.max_distance,
        )

    def scores(self, q: Tensor, k: Tensor, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """The bias of each pair, of shape `(1, heads, queries, keys)`.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If `q` or `k` has another shape, or positions are negative.
        """
        relative = relative_positions(q_positions, k_positions)
        heads = self.relative_attention_bias.embedding_dim
        _check_qk("q", q, heads, None, q_positions)
        _check_qk("k", k, heads, None, k_positions)
        bias: Tensor = self.relative_attention_bias(self.bucket(relative))
        return bias.permute(2, 0, 1)[None].to(q.dtype)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"max_distance={self.max_distance}, bidirectional={self.bidirectional}"


# --8<-- [start:alibi_slopes]
def alibi_slopes(heads: int) -> list[float]:
    """The slope of each head: for 8 heads 1/2, 1/4, ... 1/256.

    A number of heads that is no power of two takes the slopes of the power below it, then every
    other slope of the power above.

    Args:
        heads: Number of heads.

    Raises:
        ValueError: If `heads` is less than 1.

    >>> alibi_slopes(4)
    [0.25, 0.0625, 0.015625, 0.00390625]
    >>> alibi_slopes(6)
    [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]
    """
    if heads < 1:
        raise ValueError(f"expected heads of at least 1, got {heads}")
    power = 2 ** (heads.bit_length() - 1)
    slopes = [2 ** (-8 * n / power) for n in range(1, power + 1)]
    between = [2 ** (-4 * n / power) for n in range(1, 2 * power + 1, 2)]
    return slopes + between[: heads - power]


# --8<-- [end:alibi_slopes]


class ALiBi(PositionScheme):
    """A penalty proportional to the distance, with a fixed slope for each head. Nothing is learned.

    Press et al. 2021. The paper is causal; here keys after the query are penalised alike.

    Args:
        heads: Number of heads.

    Raises:
        ValueError: If `heads` is less than 1.

    >>> q = torch.ones(1, 8, 3, 4)
    >>> ALiBi(8).scores(q, q, torch.arange(3), torch.arange(3))[0, 0]
    tensor([[ 0.0000, -0.5000, -1.0000],
            [-0.5000,  0.0000, -0.5000],
            [-1.0000, -0.5000,  0.0000]])
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.slopes = alibi_slopes(heads)

    def scores(self, q: Tensor, k: Tensor, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """Minus slope times distance, of shape `(1, heads, queries, keys)`.

        Raises:
            TypeError: If positions are not integers.
            ValueError: If `q` or `k` has another shape, or positions are negative.
        """
        relative = relative_positions(q_positions, k_positions)
        _check_qk("q", q, len(self.slopes), None, q_positions)
        _check_qk("k", k, len(self.slopes), None, k_positions)
        slopes = torch.tensor(self.slopes, device=q.device)[:, None, None]
        return (slopes * -relative.abs())[None].to(q.dtype)

    def extra_repr(self) -> str:
        """The settings, for `print(model)`."""
        return f"{len(self.slopes)}"
