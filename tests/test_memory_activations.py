"""What autograd keeps for the GPT, BERT and T5 is what the formulas say, to the byte."""

import functools
import random

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.bert import BertConfig, BertForPreTraining
from reference_impl.distributed import ParallelGPT, run_ranks
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import (
    Ledger,
    SavedBytes,
    bert_activations,
    gpt_activations,
    t5_activations,
)
from reference_impl.t5 import T5, T5Config

PRECISIONS = ["float32", "autocast", "bfloat16"]


def recompute(blocks):
    for block in blocks:
        block.forward = functools.partial(checkpoint, block.forward, use_reentrant=False)


def in_precision(model, precision):
    return model.bfloat16() if precision == "bfloat16" else model


def compare(model, inputs, precision, call, terms, losses=1):
    """Count by hooks, and by the storages that operations made and that are still alive."""
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast")
    with LiveBytes() as live, SavedBytes(model, *inputs) as saved, autocast:
        loss = call()
    assert saved.nbytes == sum(term.nbytes for term in terms if term.hooked)
    scalars = losses * (2 if precision == "bfloat16" else 4)
    assert live.live == sum(term.nbytes for term in terms) + scalars
    (loss if torch.is_tensor(loss) else loss.total).backward()
    assert saved.nbytes == 0


def gpt_case(draw, precision):
    heads = draw.choice([1, 2, 3])
    config = GPTConfig(
        vocab=draw.randint(5, 80),
        context=40,
        dim=draw.choice([1, 2, 3, 5]) * heads,
        layers=draw.randint(1, 3),
        heads=heads,
        head_dim=draw.choice([None, 1, 4, 7]),
        hidden=draw.randint(1, 30),
        norm=draw.choice(["pre", "post"]),
        final_norm=draw.random() < 0.6,
        band=draw.choice([None, None, 1, 2, 3, 5, 50]),
        dropout=draw.choice([0, 0, 0.1]),
    )
    model = in_precision(GPT(config), precision)
    batch, length = draw.choice([1, 2, 3, 9]), draw.choice([1, 2, 5, 7, 16, 33])
    ids, targets = torch.randint(config.vocab, (2, batch, length))
    keep = None
    if draw.random() < 0.3:
        keep = torch.ones(batch, length, dtype=torch.bool)
        keep[0, 1:] = False
    if again := draw.random() < 0.3:
        recompute(model.blocks)
    terms = gpt_activations(
        config, batch, length, precision, filler=keep is not None, recompute=again
    )
    inputs = [tensor for tensor in (ids, targets, keep) if tensor is not None]
    compare(model, inputs, precision, lambda: model.loss(ids, targets, keep), terms)


def bert_case(draw, precision):
    heads = draw.choice([1, 2, 3])
    config = BertConfig(
        vocab=draw.randint(5, 80),
        context=40,
        dim=draw.choice([1, 2, 3, 5]) * heads,
        layers=draw.randint(0, 3),
        heads=heads,
        hidden=draw.randint(1, 30),
        dropout=draw.choice([0, 0, 0.1]),
        attention_dropout=draw.choice([0, 0, 0.1]),
    )
    model = in_precision(BertForPreTraining(config), precision)
    batch, length = draw.choice([1, 2, 3, 9]), draw.choice([1, 2, 5, 7, 16, 33])
    ids = torch.randint(1, config.vocab, (batch, length))
    if length > 1 and draw.random() < 0.4:
        ids[0, draw.randint(1, length - 1) :] = 0
    labels = torch.where(torch.rand(batch, length) < 0.2, 3, -100)
    labels[0, 0] = 2
    pairs = torch.randint(2, (batch,)) if draw.random() < 0.6 else None
    if again := draw.random() < 0.3:
        recompute(model.bert.layers)
    terms = bert_activations(
        config,
        batch,
        length,
        precision,
        asked=int((labels != -100).sum()),
        real=int((ids != 0).sum()),
        pairs=pairs is not None,
        recompute=again,
    )
    inputs = [tensor for tensor in (ids, labels, pairs) if tensor is not None]
    losses = 1 if pairs is None else 3
    compare(
        model,
        inputs,
        precision,
        lambda: model.loss(ids, labels, next_labels=pairs),
        terms,
        losses,
    )


def t5_case(draw, precision):
    config = T5Config(
        vocab=draw.randint(5, 80),
        dim=draw.choice([1, 2, 3, 5, 12]),
        head_dim=draw.choice([1, 3, 4]),
        heads=draw.choice([1, 2, 3]),
        hidden=draw.randint(1, 30),
        layers=draw.randint(1, 2),
        decoder_layers=draw.randint(1, 3),
        dropout=draw.choice([0, 0, 0.1]),
        gated=draw.random() < 0.5,
        tied=draw.random() < 0.5,
    )
    model = in_precision(T5(config), precision)
    batch, source, target = (draw.choice([1, 2, 3, 7, 16]) for _ in range(3))
    ids = torch.randint(1, config.vocab, (batch, source))
    if filler := source > 1 and draw.random() < 0.4:
        ids[0, draw.randint(1, source - 1) :] = 0
    labels = torch.randint(1, config.vocab, (batch, target))
    if again := draw.random() < 0.3:
        recompute(model.encoder)
        recompute(model.decoder)
    terms = t5_activations(config, batch, source, target, precision, filler=filler, recompute=again)
    compare(model, [ids, labels], precision, lambda: model.loss(ids, labels), terms)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("case", [gpt_case, bert_case, t5_case])
def test_the_formulas_are_exact(case, precision):
    for seed in range(30):
        torch.manual_seed(seed)
        case(random.Random(f"{seed}{precision}"), precision)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_loss_of_all_logits(precision):
    config = GPTConfig(vocab=37, context=20, dim=12, layers=2, heads=3)
    model = in_precision(GPT(config), precision)
    ids, targets = torch.randint(37, (2, 3, 7))
    terms = gpt_activations(config, 3, 7, precision, logits=True)

    def loss():
        return nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())

    compare(model, [ids, targets], precision, loss, terms)


def test_more_rows_than_a_chunk_of_the_loss():
    config = GPTConfig(vocab=301, context=200, dim=4, layers=1, heads=2)
    model = GPT(config)
    ids, targets = torch.randint(301, (2, 3, 199))
    terms = gpt_activations(config, 3, 199)
    compare(model, [ids, targets], "float32", lambda: model.loss(ids, targets), terms)


def parallel_bytes(rank, config, batch, length, precision):
    model = in_precision(ParallelGPT(config), precision)
    ids, targets = torch.randint(config.vocab, (2, batch, length))
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast")
    with SavedBytes(model, ids, targets) as saved, autocast:
        loss = model.loss(ids, targets)
    kept = saved.nbytes
    loss.backward()
    return kept


def all_parallel_bytes(rank, cases):
    return [parallel_bytes(rank, *case) for case in cases]


@pytest.mark.parametrize("size", [2, 4])
def test_a_rank_of_tensor_parallelism(size):
    sizes = {"vocab": 4 * 13, "context": 20, "dim": 7, "layers": 2, "heads": 4, "head_dim": 3}
    configs = [
        GPTConfig(**sizes, hidden=20, norm=norm, final_norm=final, band=band)
        for norm, final, band in (("pre", True, None), ("post", False, 3), ("post", True, None))
    ]
    cases = [(config, 3, 11, precision) for config in configs for precision in PRECISIONS]
    expected = [sum(term.nbytes for term in gpt_activations(*case, tensor=size)) for case in cases]
    for found in run_ranks(all_parallel_bytes, size, cases):
        assert found == expected


def test_views_count_once_and_whole():
    x = torch.ones(10, requires_grad=True)
    with SavedBytes(x) as saved:
        y = x.exp()  # 40 bytes, kept as its output
        z = y[:2] * y[3:5]  # two views of the same
    assert saved.nbytes == 40
    assert [(s.op, s.times) for s in saved.storages()] == [("exp", 3)]
    del y, z
    with saved:
        again = x[:4].exp()
    assert (saved.nbytes, saved.peak) == (again.nbytes, 40)
    del again
    assert saved.nbytes == 0


def test_names_of_modules_and_ops():
    config = GPTConfig(vocab=20, context=8, dim=8, layers=2, heads=2)
    model = GPT(config)
    ids, targets = torch.randint(20, (2, 2, 8))
    with SavedBytes(model, ids, targets) as saved:
        loss = model.loss(ids, targets)
    by_module = saved.by_module()
    for i in range(2):
        terms = [t for t in gpt_activations(config, 2, 8) if t.part == f"block {i}"]
        assert by_module[f"blocks.{i}"] == sum(term.nbytes for term in terms)
    assert saved.by_op()["gelu"] == 2 * 2 * 8 * 32 * 4
    assert sum(by_module.values()) == sum(saved.by_op().values()) == saved.nbytes
    assert loss.requires_grad


def test_no_hook_stays_behind():
    layer = nn.Linear(3, 3)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), SavedBytes(layer):
        layer(torch.ones(2, 4))
    assert not layer._forward_pre_hooks
    assert not layer._forward_hooks
    x = torch.ones(2, 3)
    with SavedBytes(layer, x) as saved:
        y = layer(x).exp()
    assert [(storage.module, storage.op) for storage in saved.storages()] == [("", "exp")]
    y.sum().backward()


def test_what_is_no_size_or_name_is_refused():
    config = GPTConfig(vocab=20, context=8, dim=8, layers=1, heads=2)
    with pytest.raises(ValueError, match="expected a precision of float32, autocast, bfloat16"):
        Ledger("float16")
    with pytest.raises(ValueError, match="expected batch of at least 1, got 0"):
        gpt_activations(config, 0, 8)
    with pytest.raises(ValueError, match="expected a length of at most 8, got 9"):
        gpt_activations(config, 1, 9)
    with pytest.raises(ValueError, match="expected heads to be a multiple of 3, got 2"):
        gpt_activations(config, 1, 8, tensor=3)
    with pytest.raises(ValueError, match="expected no dropout and no filler"):
        gpt_activations(config.change(dropout=0.1), 1, 8, tensor=2)
    bert = BertConfig(vocab=20, context=8, dim=8, layers=1, heads=2)
    with pytest.raises(ValueError, match="expected asked from 0 to 8, got 9"):
        bert_activations(bert, 1, 8, asked=9)
    with pytest.raises(ValueError, match="expected real from 0 to 8, got -1"):
        bert_activations(bert, 1, 8, asked=1, real=-1)
    with pytest.raises(ValueError, match="expected target of at least 1, got 0"):
        t5_activations(T5Config(), 1, 1, 0)
