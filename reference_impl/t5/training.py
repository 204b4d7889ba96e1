"""The task of `numbers` for the training program: `python -m reference_impl.train`.

Its settings name it as `reference_impl.t5.training:number_task`.
"""

# --8<-- [start:training_imports]
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

# --8<-- [end:training_imports]
from reference_impl.t5.config import T5Config
from reference_impl.t5.model import IGNORED, T5
from reference_impl.t5.numbers import (
    EINS,
    MONTHS,
    ONES,
    ORDINALS,
    ORDNUNGSZAHLEN,
    TENS,
    ZEHNER,
    Pair,
    number_pairs,
)
from reference_impl.tokenizers import Unigram
from reference_impl.train import Task

__all__ = [
    "TextPairs",
    "collate",
    "exact_matches",
    "number_task",
    "number_tokenizer",
    "text_to_text_loss",
]

SPECIAL = ("<pad>", "</s>", "<unk>")
WORDS = [
    *ONES, *TENS[1:], *EINS, *ZEHNER[1:], *ORDINALS.values(), *ORDNUNGSZAHLEN.values(),
    *MONTHS["English"], *MONTHS["German"],
    *["number", "date", "to", "English", "German", "the", "of", "and", "oh", "hundred", "thousand", "th"],
    *["der", "ein", "und", "hundert", "tausend", "te", "ste"],
]  # fmt: skip  # a list reads as a list
CHARACTERS = "▁0123456789-:abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number_tokenizer() -> Unigram:
    """Return a Unigram tokenizer whose tokens are the parts that number words are made of.

    All words have one score and letters a lower one, so the cut with the fewest words wins. The first
    ids are T5's: 0 the filler, 1 the end, 2 the unknown token.

    Examples:
        >>> number_tokenizer().encode("number to German: 42").tokens
        ['▁number', '▁to', '▁German', ':', '▁', '4', '2']
        >>> number_tokenizer().encode("zweiundvierzig").tokens
        ['▁zwei', 'und', 'vierzig']
    """
    whole = dict.fromkeys(start + word for word in WORDS for start in ("▁", ""))
    pieces = dict.fromkeys(SPECIAL, 0.0) | dict.fromkeys(whole, -5.0)
    pieces |= {char: -10.0 for char in CHARACTERS if char not in pieces}
    return Unigram(list(pieces.items()), unk_id=2, special_tokens=SPECIAL)


class TextPairs(Dataset[tuple[list[int], list[int]]]):
    """Sources and targets as ids, each with the end of a text.

    Args:
        pairs: texts.
        tokenizer: what makes ids of them.
        stop: id that ends a text.

    Examples:
        >>> TextPairs([Pair("number to German: 3", "drei")], number_tokenizer())[0][1][-1]
        1
    """

    def __init__(self, pairs: Sequence[Pair], tokenizer: Unigram, stop: int = 1) -> None:
        self.items = [
            ([*tokenizer.encode(source).ids, stop], [*tokenizer.encode(target).ids, stop])
            for source, target in pairs
        ]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[list[int], list[int]]:
        return self.items[index]


# --8<-- [start:training_collate]
def collate(items: Sequence[tuple[list[int], list[int]]]) -> dict[str, Tensor]:
    """Return a batch: sources filled up with 0, labels with -100.

    Args:
        items: ids of source and target.

    Examples:
        >>> collate([([5, 6, 1], [7, 1]), ([5, 1], [1])])["labels"]
        tensor([[   7,    1],
                [   1, -100]])
    """
    sources, targets = ([torch.tensor(ids) for ids in side] for side in zip(*items, strict=True))
    pad = nn.utils.rnn.pad_sequence
    return {
        "source": pad(sources, batch_first=True, padding_value=0),
        "labels": pad(targets, batch_first=True, padding_value=IGNORED),
    }


# --8<-- [end:training_collate]


# --8<-- [start:training_loss]
def text_to_text_loss(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Return the cross-entropy summed over the labels that count.

    Args:
        model: a `T5`.
        batch: as `collate` makes it.

    Raises:
        TypeError: it is another model.

    Examples:
        >>> small = number_task(pairs=4, held_out=1, dim=16, layers=1)
        >>> text_to_text_loss(small.model, collate([small.train_data[0]])).shape
        torch.Size([])
    """
    if not isinstance(model, T5):
        raise TypeError(f"expected a T5, got {type(model).__name__}")
    return model.loss(batch["source"], batch["labels"], reduction="sum")


def counted(batch: dict[str, Tensor]) -> int:
    """Return over how many labels `text_to_text_loss` sums."""
    return int((batch["labels"] != IGNORED).sum())


# --8<-- [end:training_loss]


# --8<-- [start:training_exact]
def exact_matches(
    model: T5, pairs: Sequence[Pair], tokenizer: Unigram, beams: int = 1, longest: int = 24
) -> float:
    """Return the share of sources whose whole target comes out, letter for letter.

    Args:
        model: what answers.
        pairs: what to ask, and the answers.
        tokenizer: of the model.
        beams: 1 for greedy, more for a beam search.
        longest: tokens in an answer at most.

    Raises:
        ValueError: there are no pairs.

    Examples:
        >>> small = number_task(pairs=4, held_out=1, dim=16, layers=1)
        >>> exact_matches(small.model, number_pairs(3), number_tokenizer())  # random weights
        0.0
    """
    if not pairs:
        raise ValueError("expected at least one pair, got none")
    source = collate(TextPairs(pairs, tokenizer).items)["source"]
    training = model.training
    model.eval()
    if beams == 1:
        answers = model.generate(source, longest).tolist()
    else:
        answers = [found[0].ids for found in model.beam_search(source, beams, longest)]
    model.train(training)
    said = [tokenizer.decode(ids) for ids in answers]
    return sum(text == pair.target for text, pair in zip(said, pairs, strict=True)) / len(pairs)


# --8<-- [end:training_exact]


# --8<-- [start:training_task]
def number_task(
    pairs: int = 20_000,
    held_out: int = 500,
    digits: int = 6,
    kinds: str = "number date",
    dim: int = 64,
    layers: int = 2,
    dropout: float = 0.0,
) -> Task:
    """Return the task of writing numbers and dates in words, with a small T5 of version 1.1.

    Args:
        pairs: how many to train on.
        held_out: how many others to evaluate on.
        digits: figures in the longest numbers.
        kinds: `number`, `date`, or both with a space between.
        dim: width of the model, a multiple of 16.
        layers: of the encoder, and of the decoder.
        dropout: probability.

    Examples:
        >>> t = number_task(pairs=50, held_out=10)
        >>> len(t.train_data), len(t.eval_data)
        (50, 10)
    """
    tokenizer = number_tokenizer()
    texts = number_pairs(pairs + held_out, digits=digits, kinds=kinds)
    config = T5Config(
        vocab=len(tokenizer.vocab), dim=dim, head_dim=16, heads=dim // 16, hidden=2 * dim,
        layers=layers, decoder_layers=layers, dropout=dropout, gated=True, tied=False,
    )  # fmt: skip  # a list reads as a list
    return Task(
        model=T5(config),
        train_data=TextPairs(texts[held_out:], tokenizer),
        eval_data=TextPairs(texts[:held_out], tokenizer),
        loss=text_to_text_loss,
        count=counted,
        collate=collate,
    )


# --8<-- [end:training_task]
