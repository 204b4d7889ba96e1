"""One GPT: GPT-1, GPT-2 and GPT-3 are three configs of it."""

from collections.abc import Sequence
from typing import Literal

# --8<-- [start:model_imports]
import torch

# --8<-- [end:model_imports]
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import (
    cross_entropy,
    dropout,
    gelu,
    linear,
    scaled_dot_product_attention,
)

from reference_impl.attention import KVCache, causal_mask, sliding_window_mask
from reference_impl.gpt.banded import banded_attention
from reference_impl.gpt.config import GPTConfig

__all__ = ["GPT", "Attention", "Block", "FeedForward"]


class Attention(nn.Module):
    """Causal attention in several heads; one matrix makes queries, keys and values.

    Args:
        config: the sizes.
        band: how many keys a query sees; all by default.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2)
        >>> Attention(config)(torch.ones(1, 3, 8)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: "GPTConfig", band: int | None = None) -> None:
        super().__init__()
        inner = config.heads * config.head_size
        self.heads, self.band, self.dropout = config.heads, band, config.dropout
        self.qkv = nn.Linear(config.dim, 3 * inner)
        self.out = nn.Linear(inner, config.dim)

    # --8<-- [start:model_attention]
    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cache: "KVCache | None" = None,
    ) -> torch.Tensor:
        """Return what each token takes from those before it, `(batch, length, dim)`.

        Args:
            x: tokens, `(batch, length, dim)`.
            mask: what each may see, `(..., length, keys)`. Without it: all keys for a single
                token, else the earlier ones, as far as the band goes.
            cache: keys and values of the tokens before `x`; those of `x` are added.
        """
        p = self.dropout if self.training else 0.0
        heads = self.qkv(x).unflatten(
            -1, (3, self.heads, -1)
        )  # (batch, length, 3, heads, head_dim)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # each (batch, heads, length, head_dim)
        if cache is not None:
            k, v = cache.append(k, v)
        if mask is None and self.band and q.shape[2] == 1:
            k, v = k[:, :, -self.band :], v[:, :, -self.band :]
        if mask is None and self.band and q.shape[2] > 1:
            found = banded_attention(q, k, v, self.band, p)
        else:
            causal = mask is None and q.shape[2] > 1
            found = scaled_dot_product_attention(q, k, v, mask, p, is_causal=causal)
        out: torch.Tensor = self.out(found.transpose(1, 2).flatten(2))
        return dropout(out, self.dropout, self.training)

    # --8<-- [end:model_attention]


# --8<-- [start:model_loss]
def _output_loss(
    hidden: torch.Tensor, table: torch.Tensor, targets: torch.Tensor, reduction: str
) -> torch.Tensor:
    """Return the cross-entropy of `hidden @ table.T`, and never hold all of that product.

    PyTorch's `linear_cross_entropy` takes some rows at a time: their logits, their loss, their
    gradients, and forgets the logits. Older versions do not have it; the compiler fuses what it
    can by itself; and under autocast its product would stay in float32.
    """
    options = getattr(torch.nn, "LinearCrossEntropyOptions", None)
    autocast = torch.is_autocast_enabled(hidden.device.type)
    if options is None or autocast or torch.compiler.is_compiling():
        return cross_entropy(linear(hidden, table), targets, reduction=reduction)
    rows = options(batch_chunk_size=256)
    return torch.nn.functional.linear_cross_entropy(
        hidden, table, targets, reduction=reduction, options=rows
    )


# --8<-- [end:model_loss]


class FeedForward(nn.Module):
    """Two linear layers with a GELU between, in its tanh form.

    Args:
        config: the sizes.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2)
        >>> FeedForward(config)(torch.ones(1, 3, 8)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: "GPTConfig") -> None:
        super().__init__()
        self.up = nn.Linear(config.dim, config.hidden_size)
        self.down = nn.Linear(config.hidden_size, config.dim)
        self.dropout = config.dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the tokens, `(batch, length, dim)`, each changed by itself."""
        out: torch.Tensor = self.down(gelu(self.up(x), approximate="tanh"))
        return dropout(out, self.dropout, self.training)


class Block(nn.Module):
    """Attention and a feed-forward layer, each added to its input, normalised after or before.

    Args:
        config: the sizes, and `norm`.
        band: how many keys a query sees; all by default.

    Examples:
        >>> config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=2)
        >>> Block(config)(torch.ones(1, 3, 8)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: "GPTConfig", band: int | None = None) -> None:
        super().__init__()
        self.post_norm = config.norm == "post"
        self.attention_norm = nn.LayerNorm(config.dim, config.eps)
        self.attention = Attention(config, band)
        self.mlp_norm = nn.LayerNorm(config.dim, config.eps)
        self.mlp = FeedForward(config)

    # --8<-- [start:model_block]
    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cache: "KVCache | None" = None,
    ) -> torch.Tensor:
        """Return the tokens after both sublayers, `(batch, length, dim)`.

        Args:
            x: tokens, `(batch, length, dim)`.
            mask: as in `Attention`.
            cache: as there.
        """
        if self.post_norm:
            x = self.attention_norm(x + self.attention(x, mask, cache))
            x = self.mlp_norm(x + self.mlp(x))
        else:
            x = x + self.attention(self.attention_norm(x), mask, cache)
            x = x + self.mlp(self.mlp_norm(x))
        return x

    # --8<-- [end:model_block]


class GPT(nn.Module):
    """Token ids in, logits of each next token out. One matrix embeds the tokens and makes the logits.

    Args:
        config: sizes and choices.

    Examples:
        >>> model = GPT(GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2))
        >>> model(torch.tensor([[3, 1, 4]])).shape
        torch.Size([1, 3, 50])
        >>> model(torch.ones(1, 9, dtype=torch.long))
        Traceback (most recent call last):
        ValueError: expected at most 8 tokens, the rows of the position table, got 9
    """

    # --8<-- [start:model_init]
    def __init__(self, config: "GPTConfig") -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab, config.dim)
        self.positions = nn.Embedding(config.context, config.dim)
        self.blocks = nn.ModuleList(
            Block(config, config.band if config.is_banded(i) else None)
            for i in range(config.layers)
        )
        self.norm = nn.LayerNorm(config.dim, config.eps) if config.final_norm else nn.Identity()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights again, and set the biases to 0 and the norms to the identity."""
        std, residual = self.config.init_std, (2 * self.config.layers) ** -0.5
        for name, part in self.named_modules():
            if isinstance(part, nn.Linear):
                writes = name.endswith(("attention.out", "mlp.down"))  # to the residual stream
                scale = residual if writes and self.config.scale_residual else 1.0
                nn.init.normal_(part.weight, std=std * scale)
                nn.init.zeros_(part.bias)
            elif isinstance(part, nn.Embedding):
                nn.init.normal_(part.weight, std=std)
            elif isinstance(part, nn.LayerNorm):
                part.reset_parameters()

    # --8<-- [end:model_init]

    # --8<-- [start:model_forward]
    def hidden(
        self,
        ids: Int[Tensor, "..."],
        keep: Bool[Tensor, "..."] | None = None,
        caches: Sequence[KVCache] | None = None,
    ) -> Float[Tensor, "batch length dim"]:
        """Return the tokens as the output layer reads them.

        Args:
            ids: tokens, `(batch, length)`; with caches, those that come after what is cached.
            keep: which tokens are real, `(batch, cached + length)`, `False` for filler at either
                side. Positions count real tokens.
            caches: one for each block.

        Raises:
            ValueError: a shape does not fit, a sequence is longer than the position table, or a
                row has no real token.
        """
        past = caches[0].length if caches else 0
        self._check(ids, keep, caches, past)
        places = torch.arange(past, past + ids.shape[1], device=ids.device)
        if keep is not None:
            places = (keep.cumsum(1) - 1).clamp(min=0)[:, past:]
        x = self.tokens(ids) + self.positions(places)
        x = dropout(x, self.config.dropout, self.training)
        dense, banded = self._masks(ids, keep, past)
        for i, block in enumerate(self.blocks):
            mask = banded if self.config.is_banded(i) else dense
            x = block(x, mask, caches[i] if caches else None)
        out: Tensor = self.norm(x)
        return out

    def logits(self, hidden: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch vocab"]:
        """Return the logits of the next token: products with every row of the embedding."""
        return linear(hidden, self.tokens.weight)

    def forward(
        self,
        ids: Int[Tensor, "..."],
        keep: Bool[Tensor, "..."] | None = None,
        caches: Sequence[KVCache] | None = None,
    ) -> Float[Tensor, "batch length vocab"]:
        """Return the logits of what follows each token. Arguments and errors are those of `hidden`."""
        return self.logits(self.hidden(ids, keep, caches))

    # --8<-- [end:model_forward]

    def loss(
        self,
        ids: Int[Tensor, "..."],
        targets: Int[Tensor, "..."],
        keep: Bool[Tensor, "..."] | None = None,
        reduction: Literal["mean", "sum"] = "mean",
    ) -> Float[Tensor, ""]:
        """Return the cross-entropy of what follows each token, in nats.

        Args:
            ids: tokens, `(batch, length)`.
            targets: what follows each, of the same shape; -100 where nothing is asked.
            keep: as in `hidden`.
            reduction: the mean over all targets asked for, or their sum.

        Raises:
            ValueError: as for `hidden`, or a target is neither a token nor -100.
        """
        self._check_targets(ids, targets)
        hidden = self.hidden(ids, keep).flatten(0, 1)
        return _output_loss(hidden, self.tokens.weight, targets.flatten(), reduction)

    def _masks(
        self, ids: Tensor, keep: Tensor | None, past: int
    ) -> tuple[Tensor | None, Tensor | None]:
        """Return the masks of dense and of banded layers, or `None` where attention needs none."""
        new = ids.shape[1]
        if keep is None and (past == 0 or new == 1):
            return None, None
        dense = causal_mask(new, past + new, device=ids.device)
        banded = None
        if self.config.band is not None:
            banded = sliding_window_mask(new, past + new, self.config.band, device=ids.device)
        if keep is None:
            return dense, banded
        keys = keep[:, None, None, :]
        return dense & keys, None if banded is None else banded & keys

    def _check(
        self,
        ids: Tensor,
        keep: Tensor | None,
        caches: Sequence[KVCache] | None,
        past: int,
    ) -> None:
        if ids.ndim != 2:
            raise ValueError(f"expected ids of shape (batch, length), got {tuple(ids.shape)}")
        if caches is not None and len(caches) != len(self.blocks):
            raise ValueError(f"expected {len(self.blocks)} caches, one a block, got {len(caches)}")
        total = past + ids.shape[1]
        if total > self.config.context:
            raise ValueError(
                f"expected at most {self.config.context} tokens, the rows of the position table, "
                f"got {total}"
            )
        if keep is None:
            return
        if keep.dtype != torch.bool or tuple(keep.shape) != (len(ids), total):
            raise ValueError(
                f"expected keep as booleans of shape {(len(ids), total)}, "
                f"got {keep.dtype} of shape {tuple(keep.shape)}"
            )
        empty = ~keep.any(1)
        if bool(empty.any()):
            row = int(empty.nonzero()[0])
            raise ValueError(f"expected a real token in each row, got only filler in row {row}")

    def _check_targets(self, ids: Tensor, targets: Tensor) -> None:
        if targets.shape != ids.shape:
            raise ValueError(
                f"expected targets of the shape of ids, {tuple(ids.shape)}, "
                f"got {tuple(targets.shape)}"
            )
        wrong = ((targets < 0) & (targets != -100)) | (targets >= self.config.vocab)
        if bool(wrong.any()):
            row, place = wrong.nonzero()[0].tolist()
            raise ValueError(
                f"expected targets from 0 to {self.config.vocab - 1}, or -100, "
                f"got {int(targets[row, place])} in row {row} at {place}"
            )
