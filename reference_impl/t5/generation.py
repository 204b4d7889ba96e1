"""Decoding with a cache: what is kept of source and target, and a beam search over a batch.

The rules of the search are those of Hugging Face's `generate`, in its three kinds of
`early_stopping`. [`reference_impl.attention.beam_search`][] is the same search for one text and
any function, in its kind `never`.
"""

# --8<-- [start:generation_imports]
import math
from typing import TYPE_CHECKING, NamedTuple, cast

import torch

# --8<-- [end:generation_imports]
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from reference_impl.attention import Hypothesis, PreallocatedCache, few_rows_linear
from reference_impl.t5.layers import DecoderLayer

if TYPE_CHECKING:
    from reference_impl.t5.model import T5

__all__ = ["DecoderCache", "beam_search"]


class _Weights(NamedTuple):
    """The weights of a decoder layer."""

    norm: Tensor
    qkv: Tensor
    out: Tensor
    cross_norm: Tensor
    cross_q: Tensor
    cross_out: Tensor
    forward_norm: Tensor
    wi: Tensor
    wo: Tensor

    @classmethod
    def of(cls, layer: DecoderLayer) -> "_Weights":
        attention, cross, forward = layer.attention, layer.cross_attention, layer.feed_forward
        return cls(
            layer.attention_norm.weight, attention.qkv.weight, attention.out.weight,
            layer.cross_attention_norm.weight, cross.q.weight, cross.out.weight,
            layer.feed_forward_norm.weight, forward.wi.weight, forward.wo.weight,
        )  # fmt: skip  # a list reads as a list


# --8<-- [start:generation_step]
def _self_attention_step(
    x: "torch.Tensor", w: "_Weights", cache: "PreallocatedCache", bias: "torch.Tensor", eps: "float"
) -> "torch.Tensor":
    normed = functional.rms_norm(x, x.shape[1:], w.norm, eps)
    qkv = few_rows_linear(normed, w.qkv)
    q, k, v = qkv.view(len(x), 3, cache.kv_heads, 1, cache.head_dim).unbind(1)
    k, v = cache.append(k, v)
    found = functional.scaled_dot_product_attention(q, k, v, bias, scale=1.0)
    return few_rows_linear(found.flatten(1), w.out).add_(x)


def _cross_attention_step(
    x: "torch.Tensor",
    w: "_Weights",
    kv: "tuple[torch.Tensor, torch.Tensor]",
    mask: "torch.Tensor | None",
    eps: "float",
) -> "torch.Tensor":
    k, v = kv
    q = few_rows_linear(functional.rms_norm(x, x.shape[1:], w.cross_norm, eps), w.cross_q)
    q = q.view(len(k), -1, k.shape[1], k.shape[3]).transpose(1, 2)  # beams as queries
    found = functional.scaled_dot_product_attention(q, k, v, mask, scale=1.0)
    return few_rows_linear(found.transpose(1, 2).reshape(len(x), -1), w.cross_out).add_(x)


# --8<-- [end:generation_step]


def _feed_forward_step(x: Tensor, w: _Weights, gated: bool, eps: float) -> Tensor:
    inside = few_rows_linear(functional.rms_norm(x, x.shape[1:], w.forward_norm, eps), w.wi)
    if gated:
        activated, linear = inside.chunk(2, dim=-1)
        return few_rows_linear(functional.gelu(activated, approximate="tanh") * linear, w.wo).add_(
            x
        )
    return few_rows_linear(inside.relu(), w.wo).add_(x)


class DecoderCache:
    """What the decoder of a `T5` keeps between steps.

    Of the source: keys and values of each layer, computed once, shared by all beams. Of the target:
    a preallocated cache for each layer, a row for each beam. And the bias of each distance.

    Args:
        model: whose decoder it is.
        memory: the encoder's output, `(batch, source_len, dim)`.
        mask: as `T5.encode` returns it.
        capacity: tokens of the target that fit.
        beams: targets for each source.

    Raises:
        ValueError: `capacity` or `beams` is less than 1.

    Examples:
        >>> from reference_impl.t5 import T5, T5Config
        >>> config = T5Config(vocab=9, dim=8, head_dim=4, heads=2, hidden=16, layers=1, decoder_layers=2)
        >>> model = T5(config).eval()
        >>> with torch.no_grad():
        ...     cache = DecoderCache(model, *model.encode(torch.tensor([[5, 6, 1]])), capacity=4)
        ...     logits = cache.step(torch.tensor([0]))
        >>> logits.shape, cache.length
        (torch.Size([1, 9]), 1)
        >>> cache.source_bytes, cache.target_bytes  # 2 layers, keys and values, 3 and 4 tokens of 8
        (384, 512)
    """

    # --8<-- [start:generation_cache]
    def __init__(
        self,
        model: "T5",
        memory: Float[Tensor, "batch source_len dim"],
        mask: Tensor | None,
        capacity: int,
        beams: int = 1,
    ) -> None:
        config = model.config
        self.model, self.mask, self.capacity, self.beams = model, mask, capacity, beams
        self.source = []
        self.weights = [_Weights.of(layer) for layer in cast("list[DecoderLayer]", model.decoder)]
        for layer in cast("list[DecoderLayer]", model.decoder):
            k, v = layer.cross_attention.project_kv(memory)
            self.source.append((k.contiguous(), v.contiguous()))
        sizes = (len(memory) * beams, config.heads, capacity, config.head_dim)
        self.target = [
            PreallocatedCache(*sizes, dtype=memory.dtype, device=memory.device)
            for _ in model.decoder
        ]
        # The bias of the last of `capacity` places towards all; an earlier place has the end of it.
        keys = torch.arange(capacity, device=memory.device)
        nothing = memory.new_empty(1, config.heads, capacity, 0)
        self.bias = model.decoder_positions.scores(nothing[:, :, :1], nothing, keys[-1:], keys)
        self.bias = self.bias.contiguous()

    def step(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows vocab"]:
        """Return the logits of what follows, and keep keys and values of these tokens.

        It computes what `T5.decode` does, for one token, without dropout and without calling modules.

        Args:
            tokens: the newest token of each row.

        Raises:
            ValueError: there is no room left, or the rows are others than those of the cache.
        """
        config, model = self.model.config, self.model
        x = functional.embedding(tokens, model.tokens.weight)
        bias = self.bias[..., max(self.capacity - self.length - 1, 0) :]
        for weights, source, target in zip(self.weights, self.source, self.target, strict=True):
            x = _self_attention_step(x, weights, target, bias, config.eps)
            x = _cross_attention_step(x, weights, source, self.mask, config.eps)
            x = _feed_forward_step(x, weights, config.gated, config.eps)
        x = functional.rms_norm(x, x.shape[1:], model.decoder_norm.weight, config.eps)
        if model.head is None:
            return few_rows_linear(x * config.dim**-0.5, model.tokens.weight)
        return few_rows_linear(x, model.head.weight)

    # --8<-- [end:generation_cache]

    @property
    def length(self) -> int:
        """Tokens of the target that are kept."""
        return self.target[0].length

    @property
    def source_bytes(self) -> int:
        """Bytes of the source's keys and values."""
        return sum(k.nbytes + v.nbytes for k, v in self.source)

    @property
    def target_bytes(self) -> int:
        """Bytes of the target's keys and values, filled or not."""
        return sum(cache.nbytes for cache in self.target)

    # --8<-- [start:generation_reorder]
    def reorder(self, rows: "torch.Tensor") -> "None":
        """Let row `i` of the target go on from what is now row `rows[i]`.

        Args:
            rows: for each row, the one to continue; a beam of the same source.
        """
        for cache in self.target:
            for part in (cache.k[:, :, : cache.length], cache.v[:, :, : cache.length]):
                part.copy_(part[rows])

    # --8<-- [end:generation_reorder]


class _Finished:
    """The best targets of one source that have ended, and whether an open one may still join them."""

    def __init__(self, beams: int, longest: int, length_penalty: float, kind: bool | str) -> None:
        self.beams, self.longest, self.penalty, self.kind = beams, longest, length_penalty, kind
        self.found: list[Hypothesis] = []
        self.done = False

    def add(self, ids: list[int], log_prob: float, length: int) -> None:
        if log_prob > -math.inf:
            self.found.append(Hypothesis(ids, log_prob / float(length) ** self.penalty))
            self.found = sorted(self.found, key=lambda one: -one.score)[: self.beams]

    # --8<-- [start:generation_done]
    def settle(self, best_open: float, length: int) -> None:
        """Decide whether the search of this source is over."""
        if len(self.found) == self.beams:
            reach = self.longest if self.kind == "never" and self.penalty > 0 else length
            hopeless = best_open / float(reach) ** self.penalty <= self.found[-1].score
            self.done = hopeless or self.kind is True

    # --8<-- [end:generation_done]


def beam_search(
    cache: DecoderCache,
    start: int,
    stop: int,
    length_penalty: float = 1.0,
    early_stopping: bool | str = False,
) -> list[list[Hypothesis]]:
    """Return the best targets that a search finds for each source, best first.

    At each step every open target is continued with every token, and the best `2 * beams` are looked
    at: those among the first `beams` that end are kept, the best `beams` of the others stay open.

    Args:
        cache: of the sources, empty, with as many beams as targets shall stay open. What is open
            when it is full counts as ended.
        start: id that the decoder starts with.
        stop: id that ends a target.
        length_penalty: exponent of the number of new tokens by which a log-probability is divided.
        early_stopping: when the search of a source is over. `True`: as soon as `beams` targets have
            ended. `False`: when, besides, the best open one scores no better than the worst of
            them, at its present length. `never`: when it can't score better at any length.

    Returns:
        For each source at most `beams` targets; those of probability 0 are left out.

    Raises:
        ValueError: `early_stopping` is something else, or the cache is not empty.

    Examples:
        >>> from reference_impl.t5 import T5, T5Config
        >>> sizes = {"vocab": 9, "dim": 8, "head_dim": 4, "heads": 2, "hidden": 16}
        >>> model = T5(T5Config(**sizes, layers=1, decoder_layers=1)).eval()
        >>> with torch.no_grad():
        ...     cache = DecoderCache(model, *model.encode(torch.tensor([[5, 1]])), 4, beams=2)
        ...     found = beam_search(cache, start=0, stop=1)
        >>> len(found), found[0][0].ids[0], found[0][0].score >= found[0][1].score
        (1, 0, True)
    """
    if early_stopping not in (True, False, "never"):
        raise ValueError(f"expected early_stopping True, False or 'never', got {early_stopping!r}")
    if cache.length:
        raise ValueError(f"expected an empty cache, got one with {cache.length} tokens")
    beams, longest, device = cache.beams, cache.capacity, cache.bias.device
    rows = cache.target[0].batch // beams
    every_row = [_Finished(beams, longest, length_penalty, early_stopping) for _ in range(rows)]
    ids = torch.full((rows, beams, 1), start, device=device)
    sums = torch.full((rows, beams), -math.inf, device=device)
    sums[:, 0] = 0.0  # all beams are alike at first: one of them is enough
    first = torch.arange(rows, device=device)[:, None] * beams
    for length in range(1, longest + 1):
        # --8<-- [start:generation_beam_step]
        log_probs = cache.step(ids[:, :, -1].flatten()).float().log_softmax(-1)
        best, where = (
            (sums.view(-1, 1) + log_probs)
            .view(rows, -1)
            .topk(min(2 * beams, beams * log_probs.shape[-1]))
        )
        beam, token = where // log_probs.shape[-1], where % log_probs.shape[-1]
        ids = torch.cat((ids[first // beams, beam], token[:, :, None]), dim=-1)
        ended = (token == stop) | (length == longest)
        _collect(every_row, ids, best, ended, length)
        sums, kept = best.masked_fill(ended, -math.inf).topk(beams)
        ids, beam = ids[first // beams, kept], beam.gather(1, kept)
        # --8<-- [end:generation_beam_step]
        for row, best_open in zip(every_row, sums[:, 0].tolist(), strict=True):
            row.settle(best_open, length)
        if length == longest or all(row.done for row in every_row):
            break
        cache.reorder((first + beam).flatten())
    return [row.found for row in every_row]


def _collect(
    every_row: list[_Finished], ids: Tensor, best: Tensor, ended: Tensor, length: int
) -> None:
    """Keep the targets that ended among the first `beams` of each source."""
    for number, row in enumerate(every_row):
        for place in [] if row.done else ended[number, : row.beams].nonzero().flatten().tolist():
            row.add(ids[number, place].tolist(), float(best[number, place]), length)
