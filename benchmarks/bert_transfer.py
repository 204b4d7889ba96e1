"""Pre-training against none: `python -m benchmarks.bert_transfer`.

A small BERT is pre-trained on the standard library's help texts, test sentences left out, with two seeds. Then the
same net, pre-trained or fresh, learns to tell four subjects apart from a few labelled sentences, drawn by four seeds.
The losses of pre-training and the shares of right answers go into the data file that
`snippets/bert/figures/transfer_labels.py` draws. About ten minutes on one core.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from reference_impl.bert import (
    SUBJECTS,
    BertClassifier,
    BertConfig,
    BertForPreTraining,
    LabelledText,
    accuracy,
    fine_tune,
    help_documents,
    labelled_sentences,
    pretrain,
)
from reference_impl.tokenizers import WordPiece, train_wordpiece

DATA = Path(__file__).parents[1] / "snippets" / "bert" / "figures" / "transfer_labels.json"
VOCAB = 2_000
STEPS = 1_500
LABELS = (2, 4, 8, 16, 32, 64)
SEEDS = (0, 1, 2, 3)


def config(vocab: int) -> BertConfig:
    """The sizes of all nets here; for so narrow a one the start of 0.02 is too small."""
    return BertConfig(vocab, dim=64, layers=2, heads=4, hidden=256, context=64, init_std=0.05)


def corpus() -> tuple[list[list[str]], WordPiece]:
    """The help texts without the test sentences, and a tokenizer trained on them."""
    test = {example.text for example in labelled_sentences()[1]}
    documents = [[s for s in d if s not in test] for d in help_documents().values()]
    texts = list(dict.fromkeys(s for document in documents for s in document))
    return documents, train_wordpiece(texts, VOCAB)


def pretrained(
    documents: list[list[str]], tokenizer: WordPiece, seed: int, stop: int = STEPS
) -> tuple[BertForPreTraining, list[tuple[float, float]]]:
    """A net that has seen the help texts, and its two losses, each a mean over fifty steps.

    No dropout: with a new mask each time no text is seen twice.
    """
    torch.manual_seed(seed)
    sizes = replace(config(len(tokenizer.vocab)), dropout=0.0, attention_dropout=0.0)
    model = BertForPreTraining(sizes)
    losses: list[tuple[float, float]] = []
    for loss in islice(pretrain(model, tokenizer, documents, STEPS, seed=seed), stop):
        pairs = loss.total - loss.tokens  # what the second head adds
        losses.append((loss.tokens.item(), pairs.item()))
    means = torch.tensor(losses)[: stop // 50 * 50].unflatten(0, (-1, 50)).mean(1)
    return model, [(round(words, 3), round(pairs, 3)) for words, pairs in means.tolist()]


def few(train: list[LabelledText], count: int, seed: int) -> list[LabelledText]:
    """So many examples of each subject, drawn by the seed."""
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for label in range(len(SUBJECTS)):
        own = [example for example in train if example.label == label]
        order = torch.randperm(len(own), generator=generator)[:count].tolist()
        chosen += [own[i] for i in order]
    return chosen


def measure(
    start: BertForPreTraining | None,
    tokenizer: WordPiece,
    count: int,
    seed: int,
) -> float:
    """The share of right test answers of a net that learned from `count` labels of each subject."""
    train, test = labelled_sentences()
    torch.manual_seed(seed)
    model = BertClassifier(config(len(tokenizer.vocab)), len(SUBJECTS))
    if start is not None:
        model.bert.load_state_dict(start.bert.state_dict())
    fine_tune(model, tokenizer, few(train, count, seed), steps=150, rate=2e-3, seed=seed)
    return round(accuracy(model, tokenizer, test), 3)


def main() -> None:
    """Measure all and write the data file."""
    documents, tokenizer = corpus()
    starts: list[BertForPreTraining] = []
    losses: list[list[tuple[float, float]]] = []
    for seed in (0, 1):
        model, means = pretrained(documents, tokenizer, seed)
        starts.append(model)
        losses.append(means)
        print("pre-trained", seed, means[-1], flush=True)
    runs: dict[str, list[list[float]]] = {"pre-trained": [], "from scratch": []}
    for seed in SEEDS:
        start = starts[seed % len(starts)]
        for name, begin in (("pre-trained", start), ("from scratch", None)):
            runs[name].append([measure(begin, tokenizer, count, seed) for count in LABELS])
            print(name, seed, runs[name][-1], flush=True)
    data: dict[str, Any] = {
        "torch": torch.__version__.split("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "pretraining_steps": STEPS,
        "losses": losses,
        "labels": LABELS,
        "seeds": SEEDS,
        "accuracy": runs,
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main()
