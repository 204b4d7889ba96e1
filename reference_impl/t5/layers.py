"""The layers of T5: RMSNorm before each sublayer, no biases, and attention without `1 / sqrt(d)`.

Raffel et al. 2020, section 2.1. RMSNorm: Zhang and Sennrich,
[*Root mean square layer normalization*](https://arxiv.org/abs/1910.07467). The gated feed-forward
layer: Shazeer, [*GLU variants improve Transformer*](https://arxiv.org/abs/2002.05202).
Matrices that are applied to the same input are kept as one: q, k and v of self-attention, k and v of
cross-attention, both halves of a gated layer.
"""

# --8<-- [start:layers_imports]
import torch

# --8<-- [end:layers_imports]
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from reference_impl.attention import KVCache
from reference_impl.t5.config import T5Config

__all__ = ["DecoderLayer", "EncoderLayer"]


class FeedForward(nn.Module):
    """ReLU of one projection, or GELU of one times another, and back."""

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.gated = config.gated
        self.wi = nn.Linear(config.dim, config.hidden * (1 + config.gated), bias=False)
        self.wo = nn.Linear(config.hidden, config.dim, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    # --8<-- [start:layers_feed_forward]
    def forward(self, x: "torch.Tensor") -> "torch.Tensor":
        if self.gated:
            activated, linear = self.wi(x).chunk(2, dim=-1)
            inside = functional.gelu(activated, approximate="tanh") * linear
        else:
            inside = self.wi(x).relu()
        out: torch.Tensor = self.wo(self.dropout(inside))
        return out

    # --8<-- [end:layers_feed_forward]


class SelfAttention(nn.Module):
    """Attention among the tokens of one text; the bias of relative positions comes with the mask."""

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.qkv = nn.Linear(config.dim, 3 * config.inner, bias=False)
        self.out = nn.Linear(config.inner, config.dim, bias=False)

    # --8<-- [start:layers_self_attention]
    def forward(
        self, x: "torch.Tensor", bias: "torch.Tensor", cache: "KVCache | None" = None
    ) -> "torch.Tensor":
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if cache is not None:
            k, v = cache.append(k, v)
        found = functional.scaled_dot_product_attention(
            q, k, v, bias, self.dropout if self.training else 0.0, scale=1.0
        )
        out: torch.Tensor = self.out(found.transpose(1, 2).flatten(2))
        return out

    # --8<-- [end:layers_self_attention]


class CrossAttention(nn.Module):
    """Attention of the target's tokens to the encoder's output. There are no positions in it."""

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.q = nn.Linear(config.dim, config.inner, bias=False)
        self.kv = nn.Linear(config.dim, 2 * config.inner, bias=False)
        self.out = nn.Linear(config.inner, config.dim, bias=False)

    # --8<-- [start:layers_cross_attention]
    def project_kv(self, memory: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """Return keys and values of the source, each `(rows, heads, source_len, head_dim)`."""
        k, v = self.kv(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return k, v

    def forward(
        self,
        x: "torch.Tensor",
        kv: "tuple[torch.Tensor, torch.Tensor]",
        mask: "torch.Tensor | None",
    ) -> "torch.Tensor":
        k, v = kv
        # The beams of one source ask the same keys: they stand in a row, as more queries.
        q = self.q(x).reshape(len(k), -1, self.heads, k.shape[-1]).transpose(1, 2)
        found = functional.scaled_dot_product_attention(
            q, k, v, mask, self.dropout if self.training else 0.0, scale=1.0
        )
        out: torch.Tensor = self.out(found.transpose(1, 2).reshape(*x.shape[:2], -1))
        return out

    # --8<-- [end:layers_cross_attention]


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward layer, each on normalised tokens, and added to them.

    Args:
        config: the sizes.

    Examples:
        >>> layer = EncoderLayer(T5Config(dim=8, head_dim=4, heads=2, hidden=16))
        >>> layer(torch.ones(1, 3, 8), torch.zeros(1, 2, 3, 3)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.dim, config.eps)
        self.attention = SelfAttention(config)
        self.feed_forward_norm = nn.RMSNorm(config.dim, config.eps)
        self.feed_forward = FeedForward(config)
        self.dropout = nn.Dropout(config.dropout)

    # --8<-- [start:layers_encoder_layer]
    def forward(
        self, x: Float[Tensor, "batch length dim"], bias: Float[Tensor, "..."]
    ) -> Float[Tensor, "batch length dim"]:
        """Return the tokens after both sublayers.

        Args:
            x: tokens, `(batch, length, dim)`.
            bias: of the scores, positions and mask together, `(1 or batch, heads, length, length)`.
        """
        x = x + self.dropout(self.attention(self.attention_norm(x), bias))
        out: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return out

    # --8<-- [end:layers_encoder_layer]


class DecoderLayer(nn.Module):
    """Self-attention, attention to the source, and a feed-forward layer.

    Args:
        config: the sizes.

    Examples:
        >>> layer = DecoderLayer(T5Config(dim=8, head_dim=4, heads=2, hidden=16))
        >>> kv = layer.cross_attention.project_kv(torch.ones(1, 5, 8))
        >>> layer(torch.ones(1, 3, 8), torch.zeros(1, 2, 3, 3), kv, None).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.dim, config.eps)
        self.attention = SelfAttention(config)
        self.cross_attention_norm = nn.RMSNorm(config.dim, config.eps)
        self.cross_attention = CrossAttention(config)
        self.feed_forward_norm = nn.RMSNorm(config.dim, config.eps)
        self.feed_forward = FeedForward(config)
        self.dropout = nn.Dropout(config.dropout)

    # --8<-- [start:layers_decoder_layer]
    def forward(
        self,
        x: Float[Tensor, "batch length dim"],
        bias: Float[Tensor, "..."],
        kv: tuple[Tensor, Tensor],
        mask: Tensor | None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "batch length dim"]:
        """Return the target's tokens after the three sublayers.

        Args:
            x: tokens, `(batch, length, dim)`.
            bias: of the scores, positions and causal mask together.
            kv: keys and values of the source, `(rows, heads, source_len, head_dim)`; `batch` may be
                a multiple of `rows`, as with beams.
            mask: boolean, which tokens of the source are real, `(rows, 1, 1, source_len)`.
            cache: keys and values of the target's earlier tokens.
        """
        x = x + self.dropout(self.attention(self.attention_norm(x), bias, cache))
        x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), kv, mask))
        out: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return out

    # --8<-- [end:layers_decoder_layer]
