"""A small GPT that decodes with a cache, and gives what it gives without one."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.attention.cache import KVCache, PreallocatedCache, check_sizes
from reference_impl.attention.core import MultiHeadAttention

__all__ = ["CachedDecoder", "DecoderConfig"]


@dataclass(frozen=True)
class DecoderConfig:
    """The sizes of a `CachedDecoder`.

    Attributes:
        vocab: token ids.
        dim: width of the residual stream.
        layers: blocks.
        heads: query heads; they divide `dim`.
        kv_heads: heads of keys and values; they divide `heads`.
        hidden: width inside the feed-forward layers.
        context: rows of the learned position table.

    Raises:
        ValueError: a size is less than 1.

    Examples:
        >>> DecoderConfig(vocab=50, dim=32, layers=2, heads=4, kv_heads=2).head_dim
        8
    """

    vocab: int
    dim: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    hidden: int = 128
    context: int = 128

    def __post_init__(self) -> None:
        check_sizes(**vars(self))

    @property
    def head_dim(self) -> int:
        """Numbers in one key, and in one value."""
        return self.dim // self.heads


def visible_keys(
    positions: Int[Tensor, "batch new"], length: int, padding: Int[Tensor, " batch"] | None
) -> Bool[Tensor, "batch 1 new length"]:
    """Return which keys a query may look at: not behind its own place, and no padding before 0."""
    keys = torch.arange(length, device=positions.device)
    visible = keys <= positions[:, :, None]
    if padding is not None:
        visible = visible & ((keys >= padding[:, None, None]) | (keys == positions[:, :, None]))
    return visible[:, None]


class _Block(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.dim)
        self.attention = MultiHeadAttention(config.dim, config.heads, config.kv_heads)
        self.mlp_norm = nn.LayerNorm(config.dim)
        self.mlp = nn.Sequential(
            nn.Linear(config.dim, config.hidden), nn.GELU(), nn.Linear(config.hidden, config.dim)
        )

    # --8<-- [start:decoder_block]
    def forward(
        self, x: "torch.Tensor", mask: "torch.Tensor | None", cache: "KVCache | None"
    ) -> "torch.Tensor":
        normed = self.attention_norm(x)
        q = self.attention.project_q(normed)
        k, v = self.attention.project_kv(normed)
        if cache is not None:
            k, v = cache.append(k, v)
        heads = scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        x = x + self.attention.merge(heads)
        out: torch.Tensor = x + self.mlp(self.mlp_norm(x))
        return out

    # --8<-- [end:decoder_block]


class CachedDecoder(nn.Module):
    """A pre-norm decoder with grouped-query attention and learned positions.

    Args:
        config: its sizes.

    Raises:
        ValueError: heads do not divide.

    Examples:
        >>> _ = torch.manual_seed(0)
        >>> model = CachedDecoder(DecoderConfig(vocab=50)).eval()
        >>> ids = torch.tensor([[3, 1, 4, 1, 5]])
        >>> caches = model.new_caches(batch=1, capacity=16)
        >>> torch.equal(
        ...     model.generate(ids, steps=8), model.generate(ids, steps=8, caches=caches)
        ... )
        True
        >>> [cache.length for cache in caches]  # the last token made was not yet read
        [12, 12]
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab, config.dim)
        self.positions = nn.Embedding(config.context, config.dim)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.vocab, bias=False)

    def new_caches(self, batch: int, capacity: int) -> list[PreallocatedCache]:
        """Return an empty preallocated cache for each layer.

        Args:
            batch: sequences.
            capacity: tokens that fit.
        """
        config, weight = self.config, self.head.weight
        sizes = (batch, config.kv_heads, capacity, config.head_dim)
        return [
            PreallocatedCache(*sizes, dtype=weight.dtype, device=weight.device) for _ in self.blocks
        ]

    def forward(
        self,
        ids: Int[Tensor, "batch new"],
        caches: Sequence[KVCache] | None = None,
        padding: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch new vocab"]:
        """Return the logits after each token.

        Args:
            ids: tokens; with caches, those that come after what is cached.
            caches: one for each layer, in order.
            padding: how many tokens at the left of each sequence are none.

        Raises:
            ValueError: the number of caches is not that of the layers, their batch is another, or
                a position lies past the end of the position table.
        """
        past = self._past(ids, caches)
        places = past[:, None] + torch.arange(ids.shape[1], device=ids.device)
        positions = places if padding is None else (places - padding[:, None]).clamp(min=0)
        self._check_positions(positions)
        x = self.tokens(ids) + self.positions(positions)
        mask = None
        if ids.shape[1] > 1 or padding is not None or bool((past != past[0]).any()):
            mask = visible_keys(places, int(past.max()) + ids.shape[1], padding)
        for i, block in enumerate(self.blocks):
            x = block(x, mask, None if caches is None else caches[i])
        logits: Tensor = self.head(self.norm(x))
        return logits

    def _past(self, ids: Tensor, caches: Sequence[KVCache] | None) -> Tensor:
        """Return how many tokens of each sequence are cached."""
        if caches is None:
            return ids.new_zeros(ids.shape[0])
        if len(caches) != len(self.blocks):
            raise ValueError(f"expected {len(self.blocks)} caches, one a layer, got {len(caches)}")
        if caches[0].batch != ids.shape[0]:
            raise ValueError(f"expected ids of batch {caches[0].batch}, got {ids.shape[0]}")
        return torch.tensor(caches[0].lengths, device=ids.device)

    def _check_positions(self, positions: Tensor) -> None:
        if positions.numel() and int(positions.max()) >= self.config.context:
            raise ValueError(
                f"expected positions below context={self.config.context}, got {int(positions.max())}"
            )

    @torch.no_grad()
    def prefill(
        self,
        ids: "torch.Tensor",
        caches: "Sequence[KVCache]",
        chunk: "int | None" = None,
        padding: "torch.Tensor | None" = None,
    ) -> "torch.Tensor":
        """Read a prompt into the caches, all of it at once or in chunks.

        Args:
            ids: the prompt, of shape (batch, time).
            caches: one for each layer.
            chunk: tokens that go through the model together; all by default.
            padding: how many tokens at the left of each sequence are none.

        Returns:
            The logits after the last token, of shape (batch, vocab).

        Raises:
            ValueError: the prompt is empty, or chunk less than 1.
        """
        if ids.shape[1] < 1:
            raise ValueError("expected a prompt of at least 1 token, got none")
        if chunk is not None and chunk < 1:
            raise ValueError(f"expected chunk of at least 1, got {chunk}")
        for part in torch.split(ids, chunk or ids.shape[1], dim=1):
            last: torch.Tensor = self(part, caches, padding)[:, -1]
        return last

    @torch.no_grad()
    def step(
        self,
        ids: Int[Tensor, " batch"],
        caches: Sequence[KVCache],
        padding: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch vocab"]:
        """Read one token of each sequence and return the logits after it.

        Args:
            ids: the tokens.
            caches: one for each layer.
            padding: how many tokens at the left of each sequence are none.
        """
        logits: Tensor = self(ids[:, None], caches, padding)
        return logits[:, 0]

    @torch.no_grad()
    def generate(
        self,
        ids: Int[Tensor, "batch time"],
        steps: int,
        caches: Sequence[KVCache] | None = None,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        padding: Int[Tensor, " batch"] | None = None,
    ) -> Int[Tensor, "batch all"]:
        """Return the prompt with new tokens behind it.

        Args:
            ids: the prompt.
            steps: new tokens.
            caches: one empty cache for each layer; without them all is computed again every step.
            temperature: 0 takes the most probable token, above 0 draws.
            generator: source of the draws.
            padding: how many tokens at the left of each sequence are none.

        Raises:
            ValueError: temperature is negative.
        """
        if temperature < 0:
            raise ValueError(f"expected temperature of at least 0, got {temperature}")
        for i in range(steps):
            if caches is None:
                logits = self(ids, None, padding)[:, -1]
            elif i == 0:
                logits = self.prefill(ids, caches, padding=padding)
            else:
                logits = self.step(ids[:, -1], caches, padding)
            ids = torch.cat([ids, _pick(logits, temperature, generator)], dim=1)
        return ids


def _pick(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    return torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)
