"""The Transformer of 2017: encoder, decoder, positions, loss and learning rate.

Vaswani et al., [*Attention is all you need*](https://arxiv.org/abs/1706.03762). Their d_model is `dim`, N `layers`,
h `heads`, d_ff `hidden`, P_drop `dropout`, epsilon_ls `smoothing`. Norms come after each sum: post-norm.
"""

from dataclasses import dataclass

# --8<-- [start:transformer_imports]
import torch

# --8<-- [end:transformer_imports]
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from reference_impl.attention.core import MultiHeadAttention

__all__ = [
    "DecoderLayer",
    "EncoderLayer",
    "Transformer",
    "TransformerConfig",
    "label_smoothed_loss",
    "sinusoidal_positions",
    "warmup_rate",
]


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of a `Transformer`; by default those of the paper's base model.

    Attributes:
        vocab: token ids, shared by source and target.
        dim: width of the tokens, even.
        layers: layers of the encoder, and of the decoder.
        heads: heads of each attention; they divide `dim`.
        hidden: width inside the feed-forward layers.
        dropout: probability of dropping what a sublayer adds, parts of the embeddings, and
            attention weights.
        pad: id of the filler.

    Raises:
        ValueError: a size is less than 1, `heads` does not divide `dim`, `dim` is odd, `dropout`
            is no probability, or `pad` is not in the vocabulary.

    Examples:
        >>> TransformerConfig(vocab=37_000).hidden
        2048
    """

    vocab: int
    dim: int = 512
    layers: int = 6
    heads: int = 8
    hidden: int = 2048
    dropout: float = 0.1
    pad: int = 0

    def __post_init__(self) -> None:
        sizes = {
            name: getattr(self, name) for name in ("vocab", "dim", "layers", "heads", "hidden")
        }
        if min(sizes.values()) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        if self.dim % self.heads or self.dim % 2:
            raise ValueError(
                f"expected an even dim that heads divide, got dim={self.dim} and heads={self.heads}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"expected dropout of at least 0 and less than 1, got {self.dropout}")
        if not 0 <= self.pad < self.vocab:
            raise ValueError(f"expected pad in the vocabulary of {self.vocab}, got {self.pad}")


# --8<-- [start:transformer_positions]
def sinusoidal_positions(length: int, dim: int, device: torch.device | None = None) -> torch.Tensor:
    """Return the positions of section 3.5, `(length, dim)`: sine and cosine in turn.

    Column `2i` is `sin(position / 10000 ** (2i / dim))`, column `2i + 1` the cosine of the same.

    Args:
        length: how many positions, from 0.
        dim: width, even.
        device: where the result lies.

    Raises:
        ValueError: `length` is negative, or `dim` odd or less than 2.

    Examples:
        >>> sinusoidal_positions(2, 4)
        tensor([[0.0000, 1.0000, 0.0000, 1.0000],
                [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    if length < 0 or dim < 2 or dim % 2:
        raise ValueError(
            f"expected length of at least 0 and an even dim of at least 2, got {length} and {dim}"
        )
    even = torch.arange(0, dim, 2, dtype=torch.float64, device=device)
    position = torch.arange(length, dtype=torch.float64, device=device)
    angles = position[:, None] / 10_000 ** (even / dim)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1).float()


# --8<-- [end:transformer_positions]


class _FeedForward(nn.Sequential):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, dim))


def _copy(ours: nn.Module, theirs: nn.Module) -> None:
    ours.load_state_dict(theirs.state_dict())


def _check_torch(layer: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer) -> None:
    relu = layer.activation in (nn.functional.relu, torch.relu) or isinstance(
        layer.activation, nn.ReLU
    )
    if layer.norm_first or not relu or layer.linear1.bias is None:
        raise ValueError(
            "expected a layer with norm_first=False, relu and biases, got "
            f"norm_first={layer.norm_first}, activation={layer.activation}, "
            f"bias={layer.linear1.bias is not None}"
        )


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward layer, each added to its input and normalised after.

    Args:
        dim: width of the tokens.
        heads: heads of the attention.
        hidden: width inside the feed-forward layer.
        dropout: probability of dropping what a sublayer adds, and attention weights.

    Raises:
        ValueError: a size is less than 1 or does not divide, or `dropout` is no probability.

    Examples:
        >>> EncoderLayer(dim=8, heads=2, hidden=16)(torch.ones(1, 3, 8)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, dim: int, heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"expected hidden of at least 1, got {hidden}")
        self.attention = MultiHeadAttention(dim, heads, dropout=dropout)
        self.attention_norm = nn.LayerNorm(dim)
        self.feed_forward = _FeedForward(dim, hidden)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    # --8<-- [start:transformer_encoder_layer]
    def forward(
        self, x: "torch.Tensor", mask: "torch.Tensor | None" = None, teaching: "bool" = False
    ) -> "torch.Tensor":
        """Return the tokens after both sublayers, `(batch, length, dim)`.

        Args:
            x: tokens, `(batch, length, dim)`.
            mask: which tokens each may look at, as in `MultiHeadAttention`.
            teaching: run the formula, not PyTorch's kernel.

        Raises:
            TypeError: the mask is neither boolean nor floating.
            ValueError: a shape does not fit.
        """
        found = self.attention(x, mask=mask, teaching=teaching)
        x = self.attention_norm(x + self.dropout(found))
        out: torch.Tensor = self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
        return out

    # --8<-- [end:transformer_encoder_layer]

    @classmethod
    def from_torch(cls, layer: nn.TransformerEncoderLayer) -> "EncoderLayer":
        """Return a layer with the weights of PyTorch's, copied.

        The result is in training mode if `layer` is. PyTorch's layer drops inside the feed-forward
        layer as well, the paper's does not.

        Args:
            layer: a post-norm layer with relu and biases.

        Raises:
            ValueError: it is another kind of layer.
        """
        _check_torch(layer)
        hidden, dim = layer.linear1.weight.shape
        ours = cls(dim, layer.self_attn.num_heads, hidden, layer.dropout.p)
        ours.to(layer.linear1.weight.device, layer.linear1.weight.dtype)
        ours.attention = MultiHeadAttention.from_torch(layer.self_attn)
        _copy(ours.feed_forward[0], layer.linear1)
        _copy(ours.feed_forward[2], layer.linear2)
        _copy(ours.attention_norm, layer.norm1)
        _copy(ours.feed_forward_norm, layer.norm2)
        ours.attention_norm.eps, ours.feed_forward_norm.eps = layer.norm1.eps, layer.norm2.eps
        return ours.train(layer.training)


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to the encoder's output, and a feed-forward layer, post-norm.

    Args:
        dim: width of the tokens.
        heads: heads of each attention.
        hidden: width inside the feed-forward layer.
        dropout: probability of dropping what a sublayer adds, and attention weights.

    Raises:
        ValueError: a size is less than 1 or does not divide, or `dropout` is no probability.

    Examples:
        >>> layer = DecoderLayer(dim=8, heads=2, hidden=16)
        >>> layer(torch.ones(1, 3, 8), torch.ones(1, 5, 8)).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, dim: int, heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"expected hidden of at least 1, got {hidden}")
        self.attention = MultiHeadAttention(dim, heads, dropout=dropout)
        self.attention_norm = nn.LayerNorm(dim)
        self.cross_attention = MultiHeadAttention(dim, heads, dropout=dropout)
        self.cross_attention_norm = nn.LayerNorm(dim)
        self.feed_forward = _FeedForward(dim, hidden)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    # --8<-- [start:transformer_decoder_layer]
    def forward(
        self,
        x: "torch.Tensor",
        memory: "torch.Tensor",
        mask: "torch.Tensor | None" = None,
        memory_mask: "torch.Tensor | None" = None,
        causal: "bool" = True,
        teaching: "bool" = False,
    ) -> "torch.Tensor":
        """Return the target's tokens after the three sublayers, `(batch, length, dim)`.

        Args:
            x: tokens of the target, `(batch, length, dim)`.
            memory: the encoder's output, `(batch, source_len, dim)`.
            mask: which tokens of the target each may look at, as in `MultiHeadAttention`.
            memory_mask: which tokens of the source each may look at.
            causal: hide the later tokens of the target, beside what `mask` hides.
            teaching: run the formula, not PyTorch's kernel.

        Raises:
            TypeError: a mask is neither boolean nor floating.
            ValueError: a shape does not fit.
        """
        found = self.attention(x, mask=mask, causal=causal, teaching=teaching)
        x = self.attention_norm(x + self.dropout(found))
        found = self.cross_attention(x, memory, memory_mask, teaching=teaching)
        x = self.cross_attention_norm(x + self.dropout(found))
        out: torch.Tensor = self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))
        return out

    # --8<-- [end:transformer_decoder_layer]

    @classmethod
    def from_torch(cls, layer: nn.TransformerDecoderLayer) -> "DecoderLayer":
        """Return a layer with the weights of PyTorch's, copied.

        Args:
            layer: a post-norm layer with relu and biases.

        Raises:
            ValueError: it is another kind of layer.
        """
        _check_torch(layer)
        hidden, dim = layer.linear1.weight.shape
        ours = cls(dim, layer.self_attn.num_heads, hidden, layer.dropout.p)
        ours.to(layer.linear1.weight.device, layer.linear1.weight.dtype)
        ours.attention = MultiHeadAttention.from_torch(layer.self_attn)
        ours.cross_attention = MultiHeadAttention.from_torch(layer.multihead_attn)
        _copy(ours.feed_forward[0], layer.linear1)
        _copy(ours.feed_forward[2], layer.linear2)
        norms = (ours.attention_norm, ours.cross_attention_norm, ours.feed_forward_norm)
        for norm, theirs in zip(norms, (layer.norm1, layer.norm2, layer.norm3), strict=True):
            _copy(norm, theirs)
            norm.eps = theirs.eps
        return ours.train(layer.training)


class Transformer(nn.Module):
    """The whole model: ids of a source and of a target in, logits of the target's next tokens out.

    One matrix embeds source and target, scaled by `sqrt(dim)`, and maps the decoder's output to
    logits (section 3.4).

    Args:
        config: its sizes.

    Examples:
        >>> model = Transformer(TransformerConfig(vocab=11, dim=16, layers=1, heads=2, hidden=32))
        >>> source, target = torch.tensor([[3, 4, 5, 0]]), torch.tensor([[1, 5, 4]])
        >>> model(source, target).shape
        torch.Size([1, 3, 11])
        >>> model(torch.tensor([3, 4]), target)
        Traceback (most recent call last):
        ValueError: expected source ids of shape (batch, length), got (2,)
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (config.dim, config.heads, config.hidden, config.dropout)
        self.tokens = nn.Embedding(config.vocab, config.dim)
        self.encoder = nn.ModuleList(EncoderLayer(*sizes) for _ in range(config.layers))
        self.decoder = nn.ModuleList(DecoderLayer(*sizes) for _ in range(config.layers))
        self.dropout = nn.Dropout(config.dropout)
        for name, weight in self.named_parameters():
            if weight.ndim > 1 and not name.startswith("tokens"):
                nn.init.xavier_uniform_(weight)
        nn.init.normal_(self.tokens.weight, std=config.dim**-0.5)  # logits of size 1 to begin with

    def _embed(self, ids: Tensor, name: str) -> Tensor:
        if ids.ndim != 2:
            raise ValueError(
                f"expected {name} ids of shape (batch, length), got {tuple(ids.shape)}"
            )
        positions = sinusoidal_positions(ids.shape[1], self.config.dim, ids.device)
        x: Tensor = self.tokens(ids) * self.config.dim**0.5
        out: Tensor = self.dropout(x + positions.to(x.dtype))
        return out

    def encode(
        self, source: Int[Tensor, "..."], teaching: bool = False
    ) -> tuple[Float[Tensor, "batch source_len dim"], Bool[Tensor, "batch 1 1 source_len"]]:
        """Return the encoder's output and the mask that hides the source's filler.

        Args:
            source: ids, `(batch, source_len)`.
            teaching: run the formula, not PyTorch's kernel.

        Raises:
            ValueError: `source` has another shape.
        """
        x = self._embed(source, "source")
        mask = (source != self.config.pad)[:, None, None, :]
        for layer in self.encoder:
            x = layer(x, mask, teaching)
        return x, mask

    def decode(
        self,
        target: Int[Tensor, "..."],
        memory: Float[Tensor, "..."],
        memory_mask: Bool[Tensor, "..."] | None = None,
        causal: bool = True,
        teaching: bool = False,
    ) -> Float[Tensor, "batch target_len vocab"]:
        """Return the logits of what follows each token of the target.

        Filler behind the target needs no mask: no earlier token may look at it.

        Args:
            target: ids, `(batch, target_len)`, beginning with the start token.
            memory: the encoder's output.
            memory_mask: the mask that `encode` returned.
            causal: hide the later tokens. `False` is here to show what goes wrong.
            teaching: run the formula, not PyTorch's kernel.

        Raises:
            ValueError: a shape does not fit.
        """
        x = self._embed(target, "target")
        for layer in self.decoder:
            x = layer(x, memory, None, memory_mask, causal, teaching)
        return x @ self.tokens.weight.T

    def forward(
        self,
        source: Int[Tensor, "..."],
        target: Int[Tensor, "..."],
        causal: bool = True,
        teaching: bool = False,
    ) -> Float[Tensor, "batch target_len vocab"]:
        """Return the logits of what follows each token of the target, given the source.

        Args:
            source: ids, `(batch, source_len)`, filled up with `config.pad`.
            target: ids, `(batch, target_len)`, beginning with the start token.
            causal: as in `decode`.
            teaching: as there.

        Raises:
            ValueError: a shape does not fit.
        """
        memory, mask = self.encode(source, teaching)
        return self.decode(target, memory, mask, causal, teaching)


# --8<-- [start:transformer_loss]
def label_smoothed_loss(
    logits: torch.Tensor, targets: torch.Tensor, smoothing: float = 0.1, ignore: int = -100
) -> torch.Tensor:
    """Return the mean cross-entropy against targets that keep `smoothing` for the whole vocabulary.

    Equal to `torch.nn.functional.cross_entropy` with `label_smoothing` and `ignore_index`; as there,
    the mean over no target at all is nan.

    Args:
        logits: of shape `(..., vocab)`.
        targets: ids of shape `(...)`.
        smoothing: share of the target spread evenly over all tokens, in [0, 1].
        ignore: id of targets that do not count.

    Raises:
        ValueError: shapes do not fit, or `smoothing` is no probability.

    Examples:
        >>> label_smoothed_loss(torch.zeros(2, 4), torch.tensor([1, -100]))
        tensor(1.3863)
    """
    if logits.shape[:-1] != targets.shape or not 0 <= smoothing <= 1:
        raise ValueError(
            "expected logits (..., vocab), targets (...) and smoothing in [0, 1], "
            f"got {tuple(logits.shape)}, {tuple(targets.shape)} and {smoothing}"
        )
    counted = targets != ignore
    log_probs = logits[counted].log_softmax(-1)
    right = log_probs.gather(-1, targets[counted][:, None])[:, 0]
    return -((1 - smoothing) * right + smoothing * log_probs.mean(-1)).mean()


# --8<-- [end:transformer_loss]


# --8<-- [start:transformer_rate]
def warmup_rate(step: int, dim: int, warmup: int) -> float:
    """Return the learning rate of equation 3: a linear rise, then `1 / sqrt(step)`.

    Args:
        step: number of the optimizer step, from 1.
        dim: width of the model.
        warmup: steps of the rise.

    Raises:
        ValueError: a number is less than 1.

    Examples:
        >>> round(warmup_rate(4000, dim=512, warmup=4000), 6)
        0.000699
    """
    if min(step, dim, warmup) < 1:
        raise ValueError(
            f"expected step, dim and warmup of at least 1, got {step}, {dim} and {warmup}"
        )
    return float(dim**-0.5 * min(step**-0.5, step * warmup**-1.5))


# --8<-- [end:transformer_rate]
