"""Fine-tuning: texts as batches, and a classifier on BERT's first token."""

from collections.abc import Sequence
from typing import NamedTuple

# --8<-- [start:classifier_imports]
import torch

# --8<-- [end:classifier_imports]
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from reference_impl.bert.config import BertConfig
from reference_impl.bert.model import Bert
from reference_impl.bert.pretraining import check_labels
from reference_impl.data import pad_batch
from reference_impl.tokenizers import WordPiece

__all__ = ["BertClassifier", "TextBatch", "mean_pool", "text_batch"]


class TextBatch(NamedTuple):
    """Texts as BERT takes them, each tensor `(batch, length)`: `model(*batch)`.

    Attributes:
        ids: token ids, filled up at the end.
        types: 0 in the first text of a pair, 1 in the second.
        mask: `True` for a token.

    Examples:
        >>> batch = TextBatch(*torch.ones(3, 1, 4, dtype=torch.long))
        >>> len(batch), batch[0].shape
        (3, torch.Size([1, 4]))
    """

    ids: Tensor
    types: Tensor
    mask: Tensor


def text_batch(
    tokenizer: WordPiece,
    texts: Sequence[str],
    seconds: Sequence[str] | None = None,
    max_length: int = 512,
) -> TextBatch:
    """Return `[CLS] text [SEP]`, or `[CLS] text [SEP] second [SEP]`, for each text, as one batch.

    What is too long is cut at the end of its longer text; the special tokens stay.

    Args:
        tokenizer: with `[CLS]`, `[SEP]` and `[PAD]` in its vocabulary.
        texts: the texts, or the first ones of pairs.
        seconds: the second texts, as many.
        max_length: most tokens of a row.

    Raises:
        ValueError: there are no texts, not as many seconds, a special token is missing, or
            `max_length` has no room for the special tokens.

    Examples:
        >>> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "yes", "no"]
        >>> tokenizer = WordPiece({token: i for i, token in enumerate(tokens)})
        >>> batch = text_batch(tokenizer, ["yes", "no no"], ["no", "yes"])
        >>> batch.ids
        tensor([[2, 4, 3, 5, 3, 0],
                [2, 5, 5, 3, 4, 3]])
        >>> batch.types[1]
        tensor([0, 0, 0, 0, 1, 1])
    """
    pairs = [None] * len(texts) if seconds is None else seconds
    if not texts or len(texts) != len(pairs):
        raise ValueError(
            f"expected texts and as many seconds, got {len(texts)} texts and {len(pairs)} seconds"
        )
    missing = [t for t in ("[PAD]", "[CLS]", "[SEP]") if t not in tokenizer.vocab]
    if missing:
        raise ValueError(f"expected {', '.join(missing)} in the vocabulary of the tokenizer")
    least = 2 if seconds is None else 3
    if max_length < least:
        raise ValueError(f"expected max_length of at least {least}, got {max_length}")
    rows, types = [], []
    for text, second in zip(texts, pairs, strict=True):
        parts = [tokenizer.encode(part).ids for part in (text, second) if part is not None]
        _shorten(parts, max_length - 1 - len(parts))
        row = [tokenizer.vocab["[CLS]"]]
        for part in parts:
            row += [*part, tokenizer.vocab["[SEP]"]]
        rows.append(torch.tensor(row))
        types.append(torch.tensor([0] * (len(parts[0]) + 2) + [1] * (len(row) - len(parts[0]) - 2)))
    padded = pad_batch(rows, tokenizer.vocab["[PAD]"])
    return TextBatch(padded.ids, pad_batch(types).ids, padded.mask)


def _shorten(parts: list[list[int]], room: int) -> None:
    """Cut the ends so that all fit: the longer part first, then both to halves of the room."""
    if sum(map(len, parts)) <= room:
        return
    *shorter, longest = sorted(parts, key=len)
    kept = min(len(shorter[0]), room // 2) if shorter else 0
    for part in shorter:
        del part[kept:]
    del longest[room - kept :]


# --8<-- [start:mean_pool]
def mean_pool(hidden: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
    """Return the mean of each row's states over its tokens, `(batch, dim)`; 0 for a row without one.

    Args:
        hidden: states, `(batch, length, dim)`.
        mask: `True` or 1 for a token, `(batch, length)`.

    Raises:
        ValueError: the shapes do not fit.

    Examples:
        >>> mean_pool(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[1, 1, 0]]))
        tensor([[2.]])
    """
    if hidden.shape[:-1] != mask.shape or mask.ndim != 2:
        raise ValueError(
            "expected hidden (batch, length, dim) and mask (batch, length), "
            f"got {tuple(hidden.shape)} and {tuple(mask.shape)}"
        )
    weight = mask[..., None].to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)


# --8<-- [end:mean_pool]


class BertClassifier(nn.Module):
    """BERT with one linear layer on its pooled first token: a score for each class.

    Equal to Hugging Face's `BertForSequenceClassification`.

    Args:
        config: the sizes.
        classes: how many classes.

    Raises:
        ValueError: there are fewer than two classes.

    Examples:
        >>> config = BertConfig(vocab=9, dim=8, layers=1, heads=2, hidden=16, context=5)
        >>> model = BertClassifier(config, classes=3)
        >>> model(torch.tensor([[1, 5, 2]])).shape
        torch.Size([1, 3])
    """

    def __init__(self, config: BertConfig, classes: int) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"expected at least 2 classes, got {classes}")
        self.bert = Bert(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.dim, classes)
        self.classifier.apply(self.bert.initialise)

    def forward(
        self,
        ids: Int[Tensor, "..."],
        types: Int[Tensor, "..."] | None = None,
        mask: Shaped[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch classes"]:
        """Return the scores of the classes; arguments and errors as in `Bert.forward`."""
        pooled = self.bert.pool(self.bert(ids, types, mask))
        out: Tensor = self.classifier(self.dropout(pooled))
        return out

    def loss(
        self,
        ids: Int[Tensor, "..."],
        labels: Int[Tensor, "..."],
        types: Int[Tensor, "..."] | None = None,
        mask: Shaped[Tensor, "..."] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean cross-entropy against the right classes.

        Args:
            ids: as in `Bert.forward`.
            labels: the right class of each row, `(batch,)`.
            types: as there.
            mask: as there.

        Raises:
            TypeError: as there.
            ValueError: as there; or a label is no class, or labels have another shape.
        """
        if labels.shape != ids.shape[:1]:
            raise ValueError(
                f"expected labels of shape ({ids.shape[0]},), got {tuple(labels.shape)}"
            )
        check_labels("labels", labels, self.classifier.out_features)
        return cross_entropy(self(ids, types, mask), labels)
