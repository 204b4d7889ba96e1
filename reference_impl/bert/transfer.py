"""Transfer learning at the size of a laptop: pre-train on the standard library's help texts, then fine-tune.

Python ships 465 KB of English about itself, in `pydoc_data.topics`. The labelled task is made from it too: of which
part of the language does this sentence speak?
"""

import re
from collections.abc import Iterator, Sequence
from pydoc_data.topics import topics
from typing import NamedTuple

# --8<-- [start:transfer_imports]
import torch
from torch.nn.utils import clip_grad_norm_

# --8<-- [end:transfer_imports]
from reference_impl.bert.classifier import BertClassifier, text_batch
from reference_impl.bert.pretraining import (
    BertForPreTraining,
    PreTrainingLoss,
    TextPair,
    mask_tokens,
    text_pairs,
)
from reference_impl.optimizers import warmup_cosine
from reference_impl.tokenizers import WordPiece

__all__ = [
    "SUBJECTS",
    "LabelledText",
    "accuracy",
    "fine_tune",
    "help_documents",
    "labelled_sentences",
    "pretrain",
]

SENTENCE_END = re.compile(r'(?<=[.!?])\s+(?=[A-Z"*])')
RULE = frozenset("*=-~^")
SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[MASK]")
SUBJECTS = {
    "strings": ("string-methods", "formatstrings", "strings"),
    "special methods": ("specialnames",),
    "statements": ("compound", "assignment", "import"),
    "types": ("types", "typesseq", "typesmapping"),
}
"""The classes of the labelled task, and the help topics that belong to each."""


def help_documents(least: int = 20) -> dict[str, list[str]]:
    """Return the sentences of each help topic; examples of code, grammar and titles are left out.

    Args:
        least: characters that a sentence has at least.

    Examples:
        >>> len(help_documents()) > 70
        True
        >>> help_documents()["assert"][0]
        'Assert statements are a convenient way to insert debugging assertions into a program:'
    """
    return {name: [s for s in _sentences(text) if len(s) >= least] for name, text in topics.items()}


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of the paragraphs that are prose."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.strip("\n").split("\n")
        is_title = len(lines) > 1 and set(lines[1]) <= RULE
        if lines[0][:1].strip() and not is_title:
            yield from SENTENCE_END.split(" ".join(paragraph.split()))


class LabelledText(NamedTuple):
    """A sentence and the number of its subject in `SUBJECTS`.

    Examples:
        >>> LabelledText("a sentence about loops", 2).label
        2
    """

    text: str
    label: int


def labelled_sentences(
    held_out: int = 50, seed: int = 0, least: int = 40
) -> tuple[list[LabelledText], list[LabelledText]]:
    """Return sentences to train on and sentences to test on, as many of each subject in the second.

    A sentence that stands in topics of two subjects is in neither.

    Args:
        held_out: test sentences of each subject.
        seed: of the split.
        least: characters that a sentence has at least.

    Raises:
        ValueError: a subject has no more than `held_out` sentences.

    Examples:
        >>> train, test = labelled_sentences()
        >>> len(test), len(set(train) & set(test))
        (200, 0)
    """
    documents = help_documents(least)
    subjects = [
        dict.fromkeys(s for name in names for s in documents[name]) for names in SUBJECTS.values()
    ]
    generator = torch.Generator().manual_seed(seed)
    train: list[LabelledText] = []
    test: list[LabelledText] = []
    for label, texts in enumerate(subjects):
        others = {t for number, other in enumerate(subjects) if number != label for t in other}
        own = [LabelledText(text, label) for text in texts if text not in others]
        if not 0 <= held_out < len(own):
            raise ValueError(f"expected held_out from 0 to {len(own) - 1}, got {held_out}")
        order = torch.randperm(len(own), generator=generator).tolist()
        test += [own[i] for i in order[:held_out]]
        train += [own[i] for i in order[held_out:]]
    return train, test


# --8<-- [start:step]
def _step(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, loss: torch.Tensor, rate: float
) -> None:
    optimizer.param_groups[0]["lr"] = rate
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


# --8<-- [end:step]


def pretrain(
    model: "BertForPreTraining",
    tokenizer: "WordPiece",
    documents: "Sequence[Sequence[str]]",
    steps: "int",
    rate: "float" = 3e-3,
    batch: "int" = 32,
    length: "int" = 48,
    seed: "int" = 0,
) -> "Iterator[PreTrainingLoss]":
    """Train on both tasks, and yield the losses of each step. Places to ask about are drawn anew each time.

    The losses still have their graphs: keep numbers, not the tensors.

    Args:
        model: trained in place, while you ask for losses.
        tokenizer: with BERT's special tokens.
        documents: the sentences of each document.
        steps: how many batches.
        rate: the highest learning rate; it rises over a tenth of the steps and falls to 0.
        batch: pairs of sentences in a batch.
        length: most tokens of a pair.
        seed: of pairs, order and masks.

    Examples:
        >>> from reference_impl.bert import BertConfig
        >>> tokens = [*SPECIAL, "[UNK]", "a", "b"]
        >>> tokenizer = WordPiece({token: i for i, token in enumerate(tokens)})
        >>> model = BertForPreTraining(BertConfig(vocab=7, dim=8, layers=1, heads=2, hidden=8))
        >>> len(list(pretrain(model, tokenizer, [["a b", "b a"], ["b b", "a"]], steps=2)))
        2
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = warmup_cosine(max(1, steps // 10), steps)
    pad, cls, sep, mask_id = (tokenizer.vocab[token] for token in SPECIAL)
    pairs: list[TextPair] = []
    model.train()
    for step in range(steps):
        while len(pairs) < batch:
            new = text_pairs(documents, generator)
            pairs += [new[i] for i in torch.randperm(len(new), generator=generator).tolist()]
        now, pairs = pairs[:batch], pairs[batch:]
        ids, types, mask = text_batch(
            tokenizer, [p.first for p in now], [p.second for p in now], length
        )
        seen, labels = mask_tokens(
            ids, mask_id, len(tokenizer.vocab), (pad, cls, sep), generator=generator
        )
        loss = model.loss(seen, labels, types, mask, torch.tensor([p.label for p in now]))
        _step(model, optimizer, loss.total, schedule(step, rate))
        yield loss


def fine_tune(
    model: "BertClassifier",
    tokenizer: "WordPiece",
    examples: "Sequence[LabelledText]",
    steps: "int",
    rate: "float" = 1e-3,
    batch: "int" = 16,
    length: "int" = 64,
    seed: "int" = 0,
) -> "float":
    """Train the whole classifier, encoder included; return the loss of the last batch.

    Args:
        model: trained in place, and left in eval mode.
        tokenizer: with BERT's special tokens.
        examples: texts with their labels.
        steps: how many batches; each is drawn from all examples.
        rate: the highest learning rate; it rises over a tenth of the steps and falls to 0.
        batch: examples in a batch, or all of them if there are fewer.
        length: most tokens of a text.
        seed: of the batches.

    Examples:
        >>> from reference_impl.bert import BertConfig
        >>> tokens = [*SPECIAL, "[UNK]", "a", "b"]
        >>> tokenizer = WordPiece({token: i for i, token in enumerate(tokens)})
        >>> _ = torch.manual_seed(0)
        >>> model = BertClassifier(BertConfig(vocab=7, dim=8, layers=1, heads=2, hidden=8), 2)
        >>> _ = fine_tune(model, tokenizer, [LabelledText("a", 0), LabelledText("b", 1)], 40, 0.01)
        >>> accuracy(model, tokenizer, [LabelledText("a", 0), LabelledText("b", 1)])
        1.0
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = warmup_cosine(max(1, steps // 10), steps)
    model.train()
    for step in range(steps):
        order = torch.randperm(len(examples), generator=generator)[:batch].tolist()
        ids, types, mask = text_batch(tokenizer, [examples[i].text for i in order], None, length)
        loss = model.loss(ids, torch.tensor([examples[i].label for i in order]), types, mask)
        _step(model, optimizer, loss, schedule(step, rate))
    model.eval()
    return loss.item()


@torch.inference_mode()
def accuracy(
    model: BertClassifier,
    tokenizer: WordPiece,
    examples: Sequence[LabelledText],
    batch: int = 64,
    length: int = 64,
) -> float:
    """Return the share of the examples that the model classifies rightly.

    Args:
        model: in eval mode, unless dropout is wanted.
        tokenizer: as in `fine_tune`.
        examples: texts with their labels.
        batch: examples that are computed at once.
        length: most tokens of a text.

    Examples:
        >>> from reference_impl.bert import BertConfig
        >>> tokenizer = WordPiece({token: i for i, token in enumerate([*SPECIAL, "a"])})
        >>> model = BertClassifier(BertConfig(vocab=5, dim=8, layers=1, heads=2, hidden=8), 2)
        >>> accuracy(model.eval(), tokenizer, [LabelledText("a", 0), LabelledText("a", 1)])
        0.5
    """
    right = 0
    for at in range(0, len(examples), batch):
        some = examples[at : at + batch]
        found = model(*text_batch(tokenizer, [e.text for e in some], None, length)).argmax(-1)
        right += int((found == torch.tensor([e.label for e in some])).sum())
    return right / len(examples)
