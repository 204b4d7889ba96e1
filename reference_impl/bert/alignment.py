"""Labels of characters to labels of tokens: words, their first pieces, and -100 for the rest.

Devlin et al., [*BERT*](https://arxiv.org/abs/1810.04805), section 5.3, use the first piece of each word for its tag.
-100 is what [`torch.nn.CrossEntropyLoss`](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)
leaves out.
"""

# --8<-- [start:align_imports]
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

# --8<-- [end:align_imports]
from jaxtyping import Bool, Int
from torch import Tensor

from reference_impl.bert.name_data import Sentence
from reference_impl.bert.pretraining import IGNORE
from reference_impl.bert.tags import Span, spans_to_tags
from reference_impl.data import pad_batch
from reference_impl.tokenizers import WordPiece

__all__ = ["Aligned", "TagBatch", "align", "first_pieces", "tag_batch", "words_of"]


class TagBatch(NamedTuple):
    """Aligned sentences as rectangles.

    Attributes:
        ids: token ids, `(batch, length)`.
        mask: `True` at tokens, `False` at filler, `(batch, length)`.
        starts: `True` at the first piece of each word, `(batch, length)`.
        labels: the number of a tag at first pieces, -100 elsewhere, `(batch, length)`.

    Examples:
        >>> row = Aligned((1, 7, 8, 2), (-100, 3, -100, -100), ((0, 4),))
        >>> tag_batch([row]).starts.tolist()
        [[False, True, False, False]]
    """

    ids: Int[Tensor, "batch length"]
    mask: Bool[Tensor, "batch length"]
    starts: Bool[Tensor, "batch length"]
    labels: Int[Tensor, "batch length"]


@dataclass(frozen=True)
class Aligned:
    """A sentence as tokens with labels.

    Attributes:
        ids: token ids, with `[CLS]` and `[SEP]`.
        labels: the number of its tag at the first piece of each word, -100 elsewhere.
        words: where each word stands, in characters of the text.

    Examples:
        >>> Aligned((1, 7, 8, 2), (-100, 3, -100, -100), ((0, 4),)).tags
        [3]
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    words: tuple[tuple[int, int], ...]

    @property
    def tags(self) -> list[int]:
        """The number of the tag of each word."""
        return [label for label in self.labels if label != IGNORE]

    # --8<-- [start:to_characters]
    def to_characters(self, spans: "Sequence[Span]") -> "list[Span]":
        """Return spans of words as spans of characters."""
        return [
            Span(self.words[span.start][0], self.words[span.end - 1][1], span.label)
            for span in spans
        ]

    # --8<-- [end:to_characters]


# --8<-- [start:words_of]
def words_of(
    tokens: Sequence[str], offsets: Sequence[tuple[int, int]], prefix: str = "##"
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return where the words of an encoded text begin.

    Args:
        tokens: pieces; one that continues a word begins with `prefix`.
        offsets: where each piece stands in the text; added tokens have an empty span.
        prefix: the mark of a piece inside a word.

    Returns:
        The place of each word's first piece among the tokens, and each word's span of characters.

    Examples:
        >>> words_of(["[CLS]", "jo", "##se", "is"], [(0, 0), (0, 2), (2, 4), (5, 7)])
        ([1, 3], [(0, 4), (5, 7)])
    """
    firsts: list[int] = []
    words: list[tuple[int, int]] = []
    for at, (token, (start, end)) in enumerate(zip(tokens, offsets, strict=True)):
        if start == end:
            continue
        if token.startswith(prefix) and words:
            words[-1] = (words[-1][0], end)
        else:
            firsts.append(at)
            words.append((start, end))
    return firsts, words


# --8<-- [end:words_of]


# --8<-- [start:to_words]
def to_words(spans: Sequence[Span], words: Sequence[tuple[int, int]]) -> list[Span]:
    """Return spans of characters as spans of words.

    Raises:
        ValueError: a span does not start and end where words do.
    """
    starts = {start: at for at, (start, _) in enumerate(words)}
    ends = {end: at for at, (_, end) in enumerate(words)}
    for span in spans:
        if span.start not in starts or span.end not in ends:
            raise ValueError(
                f"expected entities that start and end where words do, got {span} in {list(words)}"
            )
    return [Span(starts[span.start], ends[span.end] + 1, span.label) for span in spans]


# --8<-- [end:to_words]


# --8<-- [start:align]
def align(
    sentence: "Sentence", tokenizer: "WordPiece", names: "Sequence[str]", scheme: str = "BIO"
) -> "Aligned":
    """Return the tokens of a sentence, each first piece of a word with the number of its tag.

    Args:
        sentence: a text and its entities.
        tokenizer: its vocabulary has `[CLS]` and `[SEP]`.
        names: the tags, in the order of their numbers.
        scheme: `"BIO"` or `"BIOES"`.

    Raises:
        ValueError: an entity starts or ends inside a word, has a label that `names` lacks, or the
            scheme is unknown.

    Examples:
        >>> vocab = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "j": 3, "##ose": 4, "lives": 5, "here": 6}
        >>> sentence = Sentence("José lives here", (Span(0, 4, "PER"),))
        >>> align(sentence, WordPiece(vocab), ("O", "B-PER", "I-PER")).labels
        (-100, 1, -100, 0, 0, -100)
    """
    encoding, _ = tokenizer.encode_for_model(sentence.text)
    firsts, words = words_of(encoding.tokens, encoding.offsets, tokenizer.prefix)
    tags = spans_to_tags(to_words(sentence.spans, words), len(words), scheme)
    labels = [IGNORE] * len(encoding.ids)
    for at, tag in zip(firsts, tags, strict=True):
        if tag not in names:
            raise ValueError(f"expected tags among {', '.join(names)}, got {tag!r}")
        labels[at] = names.index(tag)
    return Aligned(tuple(encoding.ids), tuple(labels), tuple(words))


# --8<-- [end:align]


# --8<-- [start:tag_batch]
def tag_batch(rows: "Sequence[Aligned]", pad: int = 0) -> "TagBatch":
    """Return sentences as one batch, filled up on the right.

    Args:
        rows: the sentences, at least one.
        pad: the id of the filler.

    Raises:
        ValueError: there are no rows.

    Examples:
        >>> rows = [Aligned((1, 7, 2), (-100, 0, -100), ((0, 2),)), Aligned((1, 2), (-100, -100), ())]
        >>> tag_batch(rows).labels.tolist()
        [[-100, 0, -100], [-100, -100, -100]]
    """
    ids, mask = pad_batch([torch.tensor(row.ids) for row in rows], pad)
    labels = pad_batch([torch.tensor(row.labels) for row in rows], IGNORE).ids
    return TagBatch(ids, mask, labels != IGNORE, labels)


# --8<-- [end:tag_batch]


# --8<-- [start:first_pieces]
def first_pieces(x: "torch.Tensor", starts: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Return what stands at the first pieces of words, moved together to the left.

    Args:
        x: something for each token, `(batch, length)` or `(batch, length, dim)`.
        starts: `True` at the first piece of each word, `(batch, length)`.

    Returns:
        The same for each word, `(batch, words)` or `(batch, words, dim)`, 0 at filler; and a mask,
        `(batch, words)`, where `words` is the most that a row has.

    Raises:
        ValueError: the shapes do not fit.

    Examples:
        >>> x = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
        >>> starts = torch.tensor([[False, True, False, True], [False, False, True, False]])
        >>> first_pieces(x, starts)[0]
        tensor([[2, 4],
                [7, 0]])
    """
    if starts.ndim != 2 or x.shape[:2] != starts.shape:
        raise ValueError(
            f"expected starts of shape (batch, length)={tuple(x.shape[:2])}, got {tuple(starts.shape)}"
        )
    counts = starts.sum(1)
    mask = torch.arange(int(counts.max()), device=x.device) < counts[:, None]
    words = x.new_zeros(*mask.shape, *x.shape[2:])
    words[mask] = x[starts]  # both are read row by row, from left to right
    return words, mask


# --8<-- [end:first_pieces]
