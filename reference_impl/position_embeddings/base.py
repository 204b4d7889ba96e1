"""The one interface of all position schemes: the four places where a position can enter attention."""

from jaxtyping import Float, Int
from torch import Tensor, nn


class PositionScheme(nn.Module):
    """A way to tell attention where its tokens stand. A scheme overrides the places it uses; the rest do nothing.

    x -> embed -> q, k, v -> rotate -> q k^T / sqrt(d) + scores -> softmax -> (weights @ v) + values

    Absolute schemes use `embed`, rotary ones `rotate`, relative ones `scores`, and Shaw's also `values`.
    Positions are integers, one per token and the same for every row of the batch.

    >>> import torch
    >>> scheme = PositionScheme()
    >>> x = torch.ones(1, 3, 4)
    >>> scheme.embed(x, torch.arange(3)) is x
    True
    >>> scheme.scores(x[:, None], x[:, None], torch.arange(3), torch.arange(3)) is None
    True
    """

    def embed(
        self, x: Float[Tensor, "batch length dim"], positions: Int[Tensor, " length"]
    ) -> Float[Tensor, "batch length dim"]:
        """The token embeddings with positions added, before the first layer. Here: `x` itself."""
        return x

    def rotate(
        self,
        q: Float[Tensor, "batch heads queries head_dim"],
        k: Float[Tensor, "batch kv_heads keys head_dim"],
        q_positions: Int[Tensor, " queries"],
        k_positions: Int[Tensor, " keys"],
    ) -> tuple[
        Float[Tensor, "batch heads queries head_dim"], Float[Tensor, "batch kv_heads keys head_dim"]
    ]:
        """Queries and keys turned by their positions, in every layer. Here: as they came."""
        return q, k

    def scores(
        self,
        q: Float[Tensor, "batch heads queries head_dim"],
        k: Float[Tensor, "batch heads keys head_dim"],
        q_positions: Int[Tensor, " queries"],
        k_positions: Int[Tensor, " keys"],
    ) -> Float[Tensor, "#batch heads queries keys"] | None:
        """What is added to the scaled scores before the softmax. Here: nothing."""
        return None

    def values(
        self,
        weights: Float[Tensor, "batch heads queries keys"],
        q_positions: Int[Tensor, " queries"],
        k_positions: Int[Tensor, " keys"],
    ) -> Float[Tensor, "batch heads queries head_dim"] | None:
        """What is added to `weights @ v` after the softmax. Here: nothing."""
        return None
