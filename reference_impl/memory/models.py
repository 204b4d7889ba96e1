"""Activation bytes of this package's GPT, BERT and T5, from their configs alone.

The rule of a block in 2-byte numbers on a GPU is Korthikanti et al., [*Reducing activation
recomputation in large transformer models*](https://arxiv.org/abs/2205.05198), section 4. These are
the terms of one implementation, PyTorch's on a CPU, to the byte.
"""

import torch

from reference_impl.bert import BertConfig
from reference_impl.gpt import GPTConfig
from reference_impl.memory.terms import INDEX, Ledger, Term
from reference_impl.t5 import T5Config

__all__ = ["bert_activations", "gpt_activations", "is_chunked", "t5_activations"]


def _check(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"expected {name} of at least 1, got {size}")


def _formula(
    ledger: Ledger,
    batch: int,
    heads: int,
    width: int,
    lengths: tuple[int, int],
    parts: int,
    rate: float,
) -> None:
    """Enter attention by plain operations; `parts` share the storage of the values.

    Keys and queries are multiplied by the root of the scale, which copies them. Values are copied
    only if batch and heads can't be seen as one dimension, or if their dtype is raised.
    """
    queries, keys = lengths
    one = ledger.compute == 4 and 1 in (batch, heads)
    v = batch * keys * heads * width * (parts if one else 1)
    scores = batch * heads * queries * keys
    ledger.formula(batch * queries * heads * width, batch * keys * heads * width, v, scores, rate)


# --8<-- [start:models_block]
def _gpt_attention(
    ledger: Ledger, config: GPTConfig, batch: int, length: int, band: int | None, filler: bool
) -> None:
    """Enter the attention of one block, and the input of the layer behind it."""
    tokens, inner = batch * length, config.heads * config.head_size
    if band is not None and length > band and not filler:
        _banded(ledger, config, batch, length, band)
    elif config.dropout > 0:
        _formula(ledger, batch, config.heads, config.head_size, (length, length), 3, config.dropout)
        ledger.keep("out: input", tokens * inner, ledger.compute)
    else:
        mask = tokens * length if filler else 0
        ledger.flash(tokens, config.heads, {"q, k and v": 3 * tokens * inner}, tokens * inner, mask)


def _gpt_block(
    ledger: Ledger, config: GPTConfig, batch: int, length: int, band: int | None, filler: bool
) -> None:
    """Enter all that one block keeps."""
    tokens, dim, inner = batch * length, config.dim, config.heads * config.head_size
    if config.norm == "pre":
        ledger.layer_norm("attention norm", tokens, dim)
    ledger.linear("qkv", tokens, dim, 3 * inner)
    _gpt_attention(ledger, config, batch, length, band, filler)
    ledger.linear("out", tokens, inner, dim, keep_input=False)
    ledger.dropout("attention dropout", tokens * dim, config.dropout, ledger.compute)
    if config.norm == "post":
        ledger.layer_norm("attention norm", tokens, dim)
    else:
        ledger.layer_norm("mlp norm", tokens, dim)
    ledger.linear("up", tokens, dim, config.hidden_size)
    ledger.keep("gelu: input", tokens * config.hidden_size, ledger.compute)
    ledger.linear("down", tokens, config.hidden_size, dim)
    ledger.dropout("mlp dropout", tokens * dim, config.dropout, ledger.compute)
    if config.norm == "post":
        ledger.layer_norm("mlp norm", tokens, dim)


# --8<-- [end:models_block]


def _banded(ledger: Ledger, config: GPTConfig, batch: int, length: int, band: int) -> None:
    """Enter attention in blocks of queries, each with two blocks of keys."""
    heads, width, blocks = config.heads, config.head_size, -(-length // band)
    rows = batch * heads * blocks * band
    v = (
        (blocks + 1) * band * width
        if batch * heads == 1 and ledger.compute == 4
        else 2 * rows * width
    )
    ledger.formula(rows * width, 2 * rows * width, v, 2 * rows * band, config.dropout)
    filled = (
        blocks * band if batch == 1 and 1 in (heads, width) else length
    )  # cut as a view, not a copy
    ledger.keep("out: input", batch * filled * heads * width, ledger.compute)


def is_chunked(precision: str) -> bool:
    """Return whether `GPT.loss` never holds all logits: not under autocast, nor in an old PyTorch.

    Examples:
        >>> is_chunked("float32"), is_chunked("autocast")
        (True, False)
    """
    return precision != "autocast" and hasattr(torch.nn, "LinearCrossEntropyOptions")


def gpt_activations(
    config: GPTConfig,
    batch: int,
    length: int,
    precision: str = "float32",
    *,
    filler: bool = False,
    recompute: bool = False,
    logits: bool | None = None,
    tensor: int = 1,
) -> list[Term]:
    """Return what `GPT.loss` keeps for backward, storage by storage.

    Args:
        config: of the model; it is in training mode.
        batch: sequences.
        length: tokens of each.
        precision: `float32`, `autocast` or `bfloat16`.
        filler: whether the call has a mask of real tokens.
        recompute: whether each block runs under `torch.utils.checkpoint`.
        logits: whether the loss is that of all logits, as under autocast; by default as `GPT.loss`
            decides.
        tensor: ranks that share the heads, the inner width and the vocabulary, as `ParallelGPT`
            does without `sequence`; the terms are those of one of them.

    Raises:
        ValueError: a size is less than 1 or more than the context, `tensor` does not divide what it
            cuts or comes with dropout or filler, or the precision is unknown.

    Examples:
        >>> config = GPTConfig(vocab=50, context=8, dim=16, layers=2, heads=2)
        >>> sum(term.nbytes for term in gpt_activations(config, batch=2, length=8))
        38976
    """
    _check(batch=batch, length=length, tensor=tensor)
    if length > config.context:
        raise ValueError(f"expected a length of at most {config.context}, got {length}")
    if tensor > 1 and (config.dropout > 0 or filler):
        raise ValueError("expected no dropout and no filler where tensors are cut over ranks")
    ledger, tokens, part = Ledger(precision), batch * length, _cut(config, tensor)
    with ledger.part("embedding"):
        ledger.keep("positions", tokens if filler else length, INDEX)
        if tensor > 1:
            ledger.keep("ids of this rank", tokens, INDEX)
            ledger.keep("which are of this rank", tokens, 1)
        ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
    bands = [config.band if config.is_banded(i) else None for i in range(config.layers)]
    if recompute and filler:
        with ledger.part("masks"):
            ledger.keep("masks", tokens * length * len(set(bands)), 1)
    for i, band in enumerate(bands):
        with ledger.part(f"block {i}"):
            if recompute:
                ledger.keep("input of the block", tokens * config.dim, ledger.stream)
            else:
                _gpt_block(ledger, part, batch, length, band, filler)
    with ledger.part("loss"):
        if config.final_norm:
            ledger.layer_norm("norm", tokens, config.dim)
        whole = logits or (logits is None and not is_chunked(precision))
        _gpt_loss(ledger, config, tokens, tensor, whole)
    return ledger.terms


def _cut(config: GPTConfig, tensor: int) -> GPTConfig:
    """Return the config of what one of the ranks has of each block."""
    for name, size in (
        ("heads", config.heads),
        ("hidden", config.hidden_size),
        ("vocab", config.vocab),
    ):
        if size % tensor:
            raise ValueError(f"expected {name} to be a multiple of {tensor}, got {size}")
    heads, hidden = config.heads // tensor, config.hidden_size // tensor
    return config.change(heads=heads, head_dim=config.head_size, hidden=hidden)


def _gpt_loss(ledger: Ledger, config: GPTConfig, tokens: int, tensor: int, logits: bool) -> None:
    """Enter the output layer and the loss, in one of three forms."""
    if tensor > 1:
        ledger.linear("logits", tokens, config.dim, config.vocab // tensor)
        ledger.keep("probabilities", tokens * config.vocab // tensor, ledger.compute)
        ledger.keep("targets of this rank", tokens, INDEX)
        ledger.keep("which are of this rank", tokens, 1)
        ledger.keep("which are asked about", tokens, 1)
        ledger.keep("number of targets", 1, INDEX)
    elif logits:
        ledger.linear("logits", tokens, config.dim, config.vocab)
        ledger.cross_entropy(tokens, config.vocab)
    else:  # linear_cross_entropy has computed these in forward, and keeps them by itself
        size = ledger.stream
        ledger.keep("gradient of the tokens", tokens * config.dim, size, hooked=False)
        ledger.keep("gradient of the table", config.vocab * config.dim, size, hooked=False)


def _bert_layer(
    ledger: Ledger, config: BertConfig, batch: int, length: int, real: int | None
) -> None:
    """Enter one layer; with filler only `real` tokens go through the products."""
    tokens, dim = batch * length if real is None else real, config.dim
    ledger.linear("qkv", tokens, dim, 3 * dim)
    places = batch * length
    if real is not None:
        ledger.keep("qkv: output", 3 * tokens * dim, ledger.compute)
    if config.attention_dropout > 0:
        rate, width = config.attention_dropout, dim // config.heads
        _formula(ledger, batch, config.heads, width, (length, length), 3, rate)
    else:
        mask = 0 if real is None else places
        ledger.flash(places, config.heads, {"q, k and v": 3 * places * dim}, places * dim, mask)
    shared = real is None and config.attention_dropout == 0
    ledger.linear("out", tokens, dim, dim, keep_input=not shared)
    ledger.dropout("attention dropout", tokens * dim, config.dropout, ledger.compute)
    ledger.layer_norm("attention norm", tokens, dim)
    ledger.linear("expand", tokens, dim, config.hidden)
    ledger.keep("gelu: input", tokens * config.hidden, ledger.compute)
    ledger.linear("contract", tokens, config.hidden, dim)
    ledger.dropout("dropout", tokens * dim, config.dropout, ledger.compute)
    ledger.layer_norm("norm", tokens, dim)


def _bert_loss(
    ledger: Ledger, config: BertConfig, batch: int, length: int, asked: int, pairs: bool
) -> None:
    dim = config.dim
    ledger.keep("places asked about", batch * length, 1)
    ledger.linear("dense", asked, dim, dim)
    ledger.keep("gelu: input", asked * dim, ledger.compute)
    ledger.layer_norm("norm", asked, dim, ledger.compute)
    ledger.linear("logits", asked, dim, config.vocab)
    ledger.cross_entropy(asked, config.vocab)
    ledger.keep("labels asked for", asked, INDEX)
    ledger.keep("number of labels", 1, INDEX)
    if pairs:
        whole = ledger.precision != "autocast"  # the first token's state is a view of all
        ledger.keep("pooler: input", batch * dim * (length if whole else 1), ledger.compute)
        ledger.linear("pooler", batch, dim, dim, keep_input=False)
        ledger.linear("next sentence", batch, dim, 2)  # its input is tanh's output
        ledger.cross_entropy(batch, 2)


def bert_activations(
    config: BertConfig,
    batch: int,
    length: int,
    precision: str = "float32",
    *,
    asked: int,
    real: int | None = None,
    pairs: bool = True,
    recompute: bool = False,
) -> list[Term]:
    """Return what `BertForPreTraining.loss` keeps for backward, storage by storage.

    Args:
        config: of the model; it is in training mode.
        batch: texts.
        length: tokens of each, with filler.
        precision: `float32`, `autocast` or `bfloat16`.
        asked: how many labels there are.
        real: how many tokens are no filler; `None` if all.
        pairs: whether the loss has its second part, of the next sentence.
        recompute: whether each layer runs under `torch.utils.checkpoint`.

    Raises:
        ValueError: a size is less than 1 or more than the context, `asked` or `real` are more than
            there are tokens, or the precision is unknown.

    Examples:
        >>> config = BertConfig(vocab=50, dim=16, layers=2, heads=2, hidden=64, context=8)
        >>> sum(term.nbytes for term in bert_activations(config, batch=2, length=8, asked=3))
        48312
    """
    _check(batch=batch, length=length)
    places = batch * length
    if length > config.context:
        raise ValueError(f"expected a length of at most {config.context}, got {length}")
    for name, count in (("asked", asked), ("real", places if real is None else real)):
        if not 0 <= count <= places:
            raise ValueError(f"expected {name} from 0 to {places}, got {count}")
    ledger, real = Ledger(precision), None if real == places else real
    with ledger.part("embedding"):
        ledger.layer_norm("norm", places, config.dim)
        ledger.dropout("dropout", places * config.dim, config.dropout, ledger.stream)
        if real is not None:
            ledger.keep("places of real tokens", real, INDEX)
            ledger.keep("mask", places * (recompute and config.layers > 0), 1)
    tokens = places if real is None else real
    for i in range(config.layers):
        with ledger.part(f"block {i}"):
            if recompute:
                ledger.keep("input of the block", tokens * config.dim, ledger.stream)
            else:
                _bert_layer(ledger, config, batch, length, real)
    with ledger.part("loss"):
        if real is not None:
            ledger.keep("last states", tokens * config.dim, ledger.stream)
        _bert_loss(ledger, config, batch, length, asked, pairs)
    return ledger.terms


# --8<-- [start:models_t5]
def _t5_self_attention(ledger: Ledger, config: T5Config, batch: int, length: int) -> None:
    """Enter self-attention: its bias is learned, so the fused kernel can't be used."""
    tokens = batch * length
    ledger.rms_norm("attention norm", tokens, config.dim)
    ledger.linear("qkv", tokens, config.dim, 3 * config.inner)
    lengths = (length, length)
    _formula(ledger, batch, config.heads, config.head_dim, lengths, 3, config.dropout)
    ledger.linear("out", tokens, config.inner, config.dim)
    ledger.dropout("attention dropout", tokens * config.dim, config.dropout, ledger.compute)


def _t5_cross_attention(
    ledger: Ledger, config: T5Config, batch: int, lengths: tuple[int, int], filler: bool
) -> None:
    """Enter the attention to the source. Its keys and values are made outside of the layer."""
    length, source = lengths
    tokens, inner = batch * length, config.inner
    ledger.rms_norm("cross norm", tokens, config.dim)
    ledger.linear("q", tokens, config.dim, inner)
    if config.dropout > 0:
        _formula(ledger, batch, config.heads, config.head_dim, lengths, 2, config.dropout)
    else:
        projected = {"q": tokens * inner, "k and v": 2 * batch * source * inner}
        mask = batch * source if filler else 0
        ledger.flash(tokens, config.heads, projected, tokens * inner, mask)
    ledger.linear("cross out", tokens, inner, config.dim, keep_input=config.dropout > 0)
    ledger.dropout("cross dropout", tokens * config.dim, config.dropout, ledger.compute)


def _t5_feed_forward(ledger: Ledger, config: T5Config, tokens: int) -> None:
    """Enter a feed-forward layer: of ReLU the output is kept, of a gated GELU all factors."""
    inside, rate = tokens * config.hidden, config.dropout
    ledger.rms_norm("feed-forward norm", tokens, config.dim)
    ledger.linear("wi", tokens, config.dim, config.hidden * (1 + config.gated))
    if config.gated:
        ledger.keep("gelu and gate: inputs", 2 * inside, ledger.compute)
        ledger.keep("gelu: output", inside, ledger.compute)
    elif rate > 0:
        ledger.keep("relu: output", inside, ledger.compute)
    ledger.dropout("inner dropout", inside, rate, ledger.compute)
    ledger.linear("wo", tokens, config.hidden, config.dim)
    ledger.dropout("feed-forward dropout", tokens * config.dim, rate, ledger.compute)


# --8<-- [end:models_t5]


def _t5_encoder(
    ledger: Ledger, config: T5Config, batch: int, length: int, filler: bool, recompute: bool
) -> None:
    tokens, heads = batch * length, config.heads
    with ledger.part("encoder embedding"):
        ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
        ledger.keep("buckets of the distances", length**2, INDEX)
        ledger.keep("where filler is", tokens * filler, 1)
        rows = batch if filler else 1
        ledger.keep("bias of positions", recompute * rows * heads * length**2, ledger.stream)
    for i in range(config.layers):
        with ledger.part(f"encoder {i}"):
            if recompute:
                ledger.keep("input of the block", tokens * config.dim, ledger.stream)
                continue
            _t5_self_attention(ledger, config, batch, length)
            _t5_feed_forward(ledger, config, tokens)
    with ledger.part("memory"):
        ledger.rms_norm("norm", tokens, config.dim)
        ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
        if ledger.precision != "autocast":
            ledger.keep("input of all keys and values", tokens * config.dim, ledger.stream)


def _t5_decoder(
    ledger: Ledger,
    config: T5Config,
    batch: int,
    lengths: tuple[int, int],
    filler: bool,
    recompute: bool,
) -> None:
    length, source = lengths
    tokens, memory = batch * length, batch * source
    with ledger.part("decoder embedding"):
        ledger.keep("ids, one place later", tokens, INDEX)
        ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
        ledger.keep("buckets of the distances", length**2, INDEX)
        ledger.keep("where the future is", length**2, 1)
        ledger.keep("bias of positions", recompute * config.heads * length**2, ledger.stream)
        ledger.keep("where real tokens are", memory * (recompute and filler), 1)
    for i in range(config.decoder_layers):
        with ledger.part(f"decoder {i}"):
            autocast = ledger.precision == "autocast"
            ledger.linear("kv", memory, config.dim, 2 * config.inner, keep_input=autocast)
            if recompute:
                ledger.keep("input of the block", tokens * config.dim, ledger.stream)
                kv = 2 * memory * config.inner
                ledger.keep("keys and values of the source", kv, ledger.compute, hooked=False)
                continue
            _t5_self_attention(ledger, config, batch, length)
            _t5_cross_attention(ledger, config, batch, lengths, filler)
            _t5_feed_forward(ledger, config, tokens)


def t5_activations(
    config: T5Config,
    batch: int,
    source: int,
    target: int,
    precision: str = "float32",
    *,
    filler: bool = False,
    recompute: bool = False,
) -> list[Term]:
    """Return what `T5.loss` keeps for backward, storage by storage.

    Args:
        config: of the model; it is in training mode.
        batch: pairs of texts.
        source: tokens of each source, with filler.
        target: tokens of each target.
        precision: `float32`, `autocast` or `bfloat16`.
        filler: whether there is filler in a source.
        recompute: whether each layer runs under `torch.utils.checkpoint`.

    Raises:
        ValueError: a size is less than 1, or the precision is unknown.

    Examples:
        >>> config = T5Config(vocab=50, dim=16, head_dim=8, heads=2, hidden=32, layers=1, decoder_layers=1)
        >>> sum(term.nbytes for term in t5_activations(config, batch=2, source=8, target=4))
        48468
    """
    _check(batch=batch, source=source, target=target)
    ledger, tokens = Ledger(precision), batch * target
    _t5_encoder(ledger, config, batch, source, filler, recompute)
    _t5_decoder(ledger, config, batch, (target, source), filler, recompute)
    with ledger.part("loss"):
        ledger.rms_norm("norm", tokens, config.dim)
        ledger.dropout("dropout", tokens * config.dim, config.dropout, ledger.stream)
        ledger.linear("logits", tokens, config.dim, config.vocab)
        ledger.cross_entropy(tokens, config.vocab)
    return ledger.terms
