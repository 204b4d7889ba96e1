"""The whole of T5: ids of a source and of a target in, logits of the target's tokens out.

Raffel et al. 2020, section 2.1, in versions 1.0 and 1.1. Norms stand before each sublayer; one table of
relative positions serves all layers of the encoder, another all of the decoder.
"""

# --8<-- [start:model_imports]
from collections.abc import Callable
from typing import cast

import torch

# --8<-- [end:model_imports]
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from reference_impl.attention import Hypothesis, causal_mask, generate, greedy
from reference_impl.position_embeddings import T5Bias
from reference_impl.t5.config import T5Config
from reference_impl.t5.generation import DecoderCache, beam_search
from reference_impl.t5.layers import DecoderLayer, EncoderLayer

__all__ = ["T5", "shift_right"]

IGNORED = -100


# --8<-- [start:model_shift_right]
def shift_right(labels: torch.Tensor, start: int = 0, pad: int = 0) -> torch.Tensor:
    """Return what the decoder reads where it shall say `labels`: the same, one place later.

    Args:
        labels: ids to be predicted, `(..., length)`; -100 where nothing is.
        start: the first id that the decoder reads.
        pad: what it reads in place of -100.

    Examples:
        >>> shift_right(torch.tensor([[7, 8, 1, -100, -100]]))
        tensor([[0, 7, 8, 1, 0]])
    """
    first = labels.new_full((*labels.shape[:-1], 1), start)
    shifted = torch.cat((first, labels[..., :-1]), dim=-1)
    return shifted.masked_fill(shifted == -100, pad)


# --8<-- [end:model_shift_right]


class T5(nn.Module):
    """An encoder that sees the whole source, and a decoder that continues a target.

    Args:
        config: sizes and version.

    Examples:
        >>> config = T5Config(vocab=11, dim=16, head_dim=4, heads=2, hidden=32, layers=1, decoder_layers=1)
        >>> model = T5(config)
        >>> source, labels = torch.tensor([[3, 4, 1, 0]]), torch.tensor([[5, 6, 1]])
        >>> model(source, shift_right(labels)).shape
        torch.Size([1, 3, 11])
        >>> model.loss(source, labels).shape, model.eval().generate(source, 4).shape[0]
        (torch.Size([]), 1)
    """

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.config = config
        table = (config.heads, config.buckets, config.max_distance)
        self.tokens = nn.Embedding(config.vocab, config.dim)
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.encoder_positions = T5Bias(*table)
        self.encoder_norm = nn.RMSNorm(config.dim, config.eps)
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.decoder_positions = T5Bias(*table, bidirectional=False)
        self.decoder_norm = nn.RMSNorm(config.dim, config.eps)
        self.head = None if config.tied else nn.Linear(config.dim, config.vocab, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        """Draw the weights. Queries are small, in place of the root that scores are not divided by."""
        config = self.config
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
            if name.endswith("qkv.weight"):
                weight[: config.inner].mul_(config.head_dim**-0.5)
            elif name.endswith("cross_attention.q.weight"):
                weight.mul_(config.head_dim**-0.5)
        nn.init.normal_(self.tokens.weight)
        for scheme in (self.encoder_positions, self.decoder_positions):
            nn.init.normal_(scheme.relative_attention_bias.weight, std=config.dim**-0.5)

    # --8<-- [start:model_bias]
    def _bias(self, scheme: "T5Bias", length: "int", x: "torch.Tensor") -> "torch.Tensor":
        """Return what all layers add to their scores, `(1, heads, length, length)`."""
        positions = torch.arange(length, device=x.device)
        nothing = x.new_empty(1, self.config.heads, length, 0)
        return scheme.scores(nothing, nothing, positions, positions).contiguous()

    # --8<-- [end:model_bias]

    def _embed(self, ids: Tensor, name: str) -> Tensor:
        if ids.ndim != 2 or ids.shape[1] < 1:
            raise ValueError(
                f"expected {name} ids of shape (batch, length), at least one token long, "
                f"got {tuple(ids.shape)}"
            )
        out: Tensor = self.dropout(self.tokens(ids))
        return out

    def _real(self, source: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return where real tokens are, `(batch, 1, 1, length)`, or `None` if everywhere."""
        if mask is None:
            mask = source != self.config.pad
        elif mask.shape != source.shape:
            raise ValueError(
                f"expected a mask of the shape of source, {tuple(source.shape)}, "
                f"got {tuple(mask.shape)}"
            )
        mask = mask.bool()
        if bool(mask.all()):
            return None
        if not bool((any_real := mask.any(1)).all()):
            row = int((~any_real).nonzero()[0])
            raise ValueError(
                f"expected at least one real token in each row of source, got none in row {row}"
            )
        return mask[:, None, None]

    # --8<-- [start:model_encode]
    def encode(
        self, source: Int[Tensor, "..."], mask: Tensor | None = None
    ) -> tuple[Float[Tensor, "batch length dim"], Tensor | None]:
        """Return the encoder's output, and the mask that `decode` wants.

        Args:
            source: ids, `(batch, length)`.
            mask: where they are real, of the same shape; where they are not `pad`, by default.

        Raises:
            ValueError: a shape does not fit, or a row has no real token.
        """
        x = self._embed(source, "source")
        real = self._real(source, mask)
        bias = self._bias(self.encoder_positions, source.shape[1], x)
        if real is not None:
            bias = bias.masked_fill(~real, torch.finfo(x.dtype).min)
        for layer in self.encoder:
            x = layer(x, bias)
        return self.dropout(self.encoder_norm(x)), real

    # --8<-- [end:model_encode]

    # --8<-- [start:model_decode]
    def decode(
        self,
        target: Int[Tensor, "..."],
        memory: Float[Tensor, "batch source_len dim"],
        mask: Tensor | None = None,
    ) -> Float[Tensor, "batch length vocab"]:
        """Return the logits of what follows each token of the target.

        Args:
            target: ids, `(batch, length)`, `start` first.
            memory: the encoder's output.
            mask: as `encode` returns it.

        Raises:
            ValueError: a shape does not fit.
        """
        x = self._embed(target, "target")
        bias = self._bias(self.decoder_positions, target.shape[1], x)
        bias = bias.masked_fill(~causal_mask(target.shape[1], device=x.device), float("-inf"))
        for layer in cast("list[DecoderLayer]", self.decoder):
            x = layer(x, bias, layer.cross_attention.project_kv(memory), mask)
        return self.logits(x)

    def logits(self, x: Float[Tensor, "batch length dim"]) -> Float[Tensor, "batch length vocab"]:
        """Return the logits of the last layer's tokens, by the rule of the version."""
        x = self.dropout(self.decoder_norm(x))
        if self.head is None:
            return functional.linear(x * self.config.dim**-0.5, self.tokens.weight)
        out: Tensor = self.head(x)
        return out

    # --8<-- [end:model_decode]

    def forward(
        self,
        source: Int[Tensor, "..."],
        target: Int[Tensor, "..."],
        mask: Tensor | None = None,
    ) -> Float[Tensor, "batch length vocab"]:
        """Return the logits of what follows each token of the target.

        Args:
            source: ids, `(batch, source_len)`.
            target: ids that the decoder reads, `(batch, length)`; see `shift_right`.
            mask: where the source is real; where it is not `pad`, by default.

        Raises:
            ValueError: a shape does not fit, or a row of the source has no real token.
        """
        return self.decode(target, *self.encode(source, mask))

    # --8<-- [start:model_loss]
    def loss(
        self,
        source: Int[Tensor, "..."],
        labels: Int[Tensor, "..."],
        mask: Tensor | None = None,
        reduction: str = "mean",
    ) -> Float[Tensor, ""]:
        """Return the cross-entropy of the labels, the decoder reading them one place later.

        Args:
            source: ids, `(batch, source_len)`.
            labels: ids to be predicted, `(batch, length)`; -100 where none is.
            mask: where the source is real; where it is not `pad`, by default.
            reduction: `mean` over the labels that count, or `sum`.

        Raises:
            ValueError: a shape does not fit, a label is neither in the vocabulary nor -100, or all
                are -100.
        """
        self._check_labels(labels)
        target = shift_right(labels, self.config.start, self.config.pad)
        logits = self(source, target, mask)
        return functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction=reduction
        )

    # --8<-- [end:model_loss]

    def _check_labels(self, labels: Tensor) -> None:
        if labels.ndim != 2:
            raise ValueError(f"expected labels of shape (batch, length), got {tuple(labels.shape)}")
        counted = labels != IGNORED
        if not bool(counted.any()):
            raise ValueError(f"expected at least one label that is not {IGNORED}, got none")
        wrong = counted & ((labels < 0) | (labels >= self.config.vocab))
        if bool(wrong.any()):
            row, place = wrong.nonzero()[0].tolist()
            raise ValueError(
                f"expected labels from 0 to {self.config.vocab - 1}, or {IGNORED}, "
                f"got {int(labels[row, place])} at row {row}, place {place}"
            )

    # --8<-- [start:model_generate]
    def generate(
        self,
        source: Int[Tensor, "..."],
        max_new_tokens: int,
        mask: Tensor | None = None,
        choose: Callable[[Tensor], Tensor] = greedy,
    ) -> Int[Tensor, "batch length"]:
        """Return targets, token by token: `start`, then what was chosen, `pad` after `stop`.

        The source is encoded once, and its keys and values are computed once; those of the target
        are kept. Nothing is dropped but, in training mode, in the encoder: call `eval()` before.

        Args:
            source: ids, `(batch, source_len)`.
            max_new_tokens: how many tokens to add at most.
            mask: where the source is real; where it is not `pad`, by default.
            choose: takes logits `(batch, vocab)`, returns a token for each row.

        Raises:
            ValueError: a shape does not fit, a row of the source has no real token, or
                `max_new_tokens` is negative.
        """
        config = self.config
        with torch.inference_mode():
            start = source.new_full((len(source), 1), config.start)
            cache = DecoderCache(self, *self.encode(source, mask), max(max_new_tokens, 1))
            ids = generate(
                lambda ids: cache.step(ids[:, -1]),
                start, max_new_tokens, config.stop, choose, config.pad,
            )  # fmt: skip  # the order of generate's arguments
        return ids.clone()  # outside of inference mode, so that it may serve in training

    # --8<-- [end:model_generate]

    def beam_search(
        self,
        source: Int[Tensor, "..."],
        beams: int,
        max_new_tokens: int,
        mask: Tensor | None = None,
        length_penalty: float = 1.0,
        early_stopping: bool | str = False,
    ) -> list[list[Hypothesis]]:
        """Return the best targets that a search with `beams` open ones finds, for each source.

        Args:
            source: ids, `(batch, source_len)`.
            beams: how many targets stay open for each source.
            max_new_tokens: how many tokens to add at most.
            mask: where the source is real; where it is not `pad`, by default.
            length_penalty: as in [`beam_search`][reference_impl.t5.beam_search].
            early_stopping: as there.

        Returns:
            For each source at most `beams` targets, best first; each begins with `start`.

        Raises:
            ValueError: a shape or a number does not fit, or a row of the source has no real token.
        """
        if beams < 1 or max_new_tokens < 1:
            raise ValueError(
                f"expected beams and max_new_tokens of at least 1, got {beams} and {max_new_tokens}"
            )
        with torch.inference_mode():
            cache = DecoderCache(self, *self.encode(source, mask), max_new_tokens, beams)
            return beam_search(
                cache, self.config.start, self.config.stop, length_penalty, early_stopping
            )
