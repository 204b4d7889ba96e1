"""BERT's two pre-training tasks: guess masked words, and tell whether a second text follows the first.

Devlin et al., [*BERT*](https://arxiv.org/abs/1810.04805), section 3.1 and appendix A.
"""

# --8<-- [start:pretraining_imports]
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

# --8<-- [end:pretraining_imports]
from jaxtyping import Int, Shaped
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, linear

from reference_impl.bert.config import BertConfig
from reference_impl.bert.model import Bert, check_range

__all__ = [
    "IGNORE",
    "BertForPreTraining",
    "Masked",
    "MaskedWordHead",
    "PreTrainingLogits",
    "PreTrainingLoss",
    "TextPair",
    "mask_tokens",
    "text_pairs",
]

IGNORE = -100
"""The label of a place that is not asked about."""


class Masked(NamedTuple):
    """Ids with some of them hidden, and what was there.

    Attributes:
        ids: what the model sees.
        labels: the original id at each chosen place, `IGNORE` elsewhere.

    Examples:
        >>> Masked(torch.tensor([[1, 3, 2]]), torch.tensor([[-100, 7, -100]])).labels.tolist()
        [[-100, 7, -100]]
    """

    ids: "torch.Tensor"
    labels: "torch.Tensor"


def mask_tokens(
    ids: "torch.Tensor",
    mask_id: "int",
    vocab: "int",
    special: "Collection[int]" = (),
    share: "float" = 0.15,
    generator: "torch.Generator | None" = None,
) -> "Masked":
    """Choose places to ask about; hide 80 % of them, garble 10 %, leave 10 % as they are.

    Each place is chosen on its own with the probability `share`, as Hugging Face's collator does.
    The paper's program chooses a fixed number per text.

    Args:
        ids: token ids, of any shape. They are not changed.
        mask_id: the id of `[MASK]`.
        vocab: how many ids there are; a random one replaces a garbled token.
        special: ids that are never chosen, such as those of `[CLS]`, `[SEP]` and the filler.
        share: probability that a place is chosen.
        generator: the source of the random numbers.

    Raises:
        ValueError: `share` is no probability, or `mask_id` is not in the vocabulary.

    Examples:
        >>> masked = mask_tokens(torch.tensor([[1, 7, 8, 2]]), 3, 9, special=[1, 2], share=1.0)
        >>> masked.labels
        tensor([[-100,    7,    8, -100]])
    """
    if not 0 <= share <= 1 or not 0 <= mask_id < vocab:
        raise ValueError(
            f"expected share in [0, 1] and mask_id in the vocabulary of {vocab}, "
            f"got {share} and {mask_id}"
        )
    usable = ~torch.isin(ids, torch.tensor(list(special), dtype=ids.dtype, device=ids.device))
    return Masked(*_choose(ids, usable, mask_id, vocab, share, generator))


# --8<-- [start:mask_tokens]
def _choose(
    ids: "torch.Tensor",
    usable: "torch.Tensor",
    mask_id: "int",
    vocab: "int",
    share: "float",
    generator: "torch.Generator | None",
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return what the model sees, and the labels: the original id at chosen places, else -100."""
    first, second = torch.rand(2, *ids.shape, generator=generator, device=ids.device)
    chosen = usable & (first < share)
    noise = torch.randint(vocab, ids.shape, generator=generator, device=ids.device, dtype=ids.dtype)
    seen = torch.where(chosen & (second < 0.8), mask_id, ids)
    seen = torch.where(chosen & (second >= 0.9), noise, seen)
    return seen, torch.where(chosen, ids, -100)


# --8<-- [end:mask_tokens]


class TextPair(NamedTuple):
    """Two texts, and whether the second is a stranger.

    Attributes:
        first: a text.
        second: the one after it, or one of another document.
        label: 0 if it follows, 1 if not, as in Hugging Face.

    Examples:
        >>> TextPair("It rains.", "Take a coat.", 0).second
        'Take a coat.'
    """

    first: str
    second: str
    label: int


def text_pairs(
    documents: Sequence[Sequence[str]], generator: torch.Generator | None = None
) -> list[TextPair]:
    """Return a pair for each two neighbouring texts; half keep the neighbour, half get a stranger.

    Args:
        documents: the texts of each document in their order; at least two documents with texts.
        generator: the source of the random numbers.

    Raises:
        ValueError: there is no second document to take a stranger from.

    Examples:
        >>> pairs = text_pairs([["a", "b"], ["c", "d"]], torch.Generator().manual_seed(0))
        >>> [(pair.first, pair.second in "bd"[i], pair.label) for i, pair in enumerate(pairs)]
        [('a', True, 0), ('c', False, 1)]
    """
    filled = [document for document in documents if document]
    if len(filled) < 2:
        raise ValueError(f"expected at least 2 documents with texts, got {len(filled)}")
    pairs = []
    for number, document in enumerate(filled):
        for first, second in pairwise(document):
            label = int(torch.randint(2, (), generator=generator))
            if label:
                step = int(torch.randint(1, len(filled), (), generator=generator))
                other = filled[(number + step) % len(filled)]
                second = other[int(torch.randint(len(other), (), generator=generator))]
            pairs.append(TextPair(first, second, label))
    return pairs


class PreTrainingLogits(NamedTuple):
    """What the two heads say.

    Attributes:
        tokens: scores of each token of the vocabulary at each place, `(batch, length, vocab)`.
        next_sentence: scores of "follows" and "is a stranger", `(batch, 2)`; `None` without this head.

    Examples:
        >>> PreTrainingLogits(torch.zeros(1, 3, 9), None).tokens.shape
        torch.Size([1, 3, 9])
    """

    tokens: Tensor
    next_sentence: Tensor | None


class PreTrainingLoss(NamedTuple):
    """The losses of a batch, each a mean.

    Attributes:
        total: their sum.
        tokens: of the places asked about; 0 if there are none.
        next_sentence: of the pairs; `None` where no label was given.

    Examples:
        >>> loss = PreTrainingLoss(torch.tensor(3.0), torch.tensor(2.0), torch.tensor(1.0))
        >>> loss.total == loss[1] + loss[2]
        tensor(True)
    """

    total: Tensor
    tokens: Tensor
    next_sentence: Tensor | None


class MaskedWordHead(nn.Module):
    """A layer with GELU and a norm, then scores for the vocabulary: the embedding table, once more.

    Args:
        config: the sizes.

    Examples:
        >>> head = MaskedWordHead(BertConfig(vocab=9, dim=4, heads=2))
        >>> head(torch.ones(2, 4), torch.ones(9, 4)).shape
        torch.Size([2, 9])
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.dim, config.dim)
        self.norm = nn.LayerNorm(config.dim, eps=config.norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab))

    # --8<-- [start:masked_word_head]
    def forward(self, hidden: "torch.Tensor", table: "torch.Tensor") -> "torch.Tensor":
        """Return the scores, `(..., vocab)`.

        Args:
            hidden: states, `(..., dim)`.
            table: the weights of the token embedding, `(vocab, dim)`.
        """
        return linear(self.norm(gelu(self.dense(hidden))), table, self.bias)

    # --8<-- [end:masked_word_head]


class BertForPreTraining(nn.Module):
    """BERT with the heads of its pre-training.

    Args:
        config: the sizes.
        next_sentence: whether it has the second head (and the pooler below it). Without, it is
            Hugging Face's `BertForMaskedLM`, with it their `BertForPreTraining`.

    Examples:
        >>> config = BertConfig(vocab=9, dim=8, layers=1, heads=2, hidden=16, context=5)
        >>> model = BertForPreTraining(config)
        >>> model(torch.tensor([[1, 5, 2]])).tokens.shape
        torch.Size([1, 3, 9])
        >>> model.loss(torch.tensor([[1, 3, 2]]), torch.tensor([[-100, 9, -100]]))
        Traceback (most recent call last):
        ValueError: expected labels from 0 to 8, or -100, got 9
    """

    def __init__(self, config: BertConfig, next_sentence: bool = True) -> None:
        super().__init__()
        self.bert = Bert(config, pooler=next_sentence)
        self.head = MaskedWordHead(config)
        self.next_sentence = nn.Linear(config.dim, 2) if next_sentence else None
        self.apply(self.bert.initialise)

    def forward(
        self,
        ids: Int[Tensor, "..."],
        types: Int[Tensor, "..."] | None = None,
        mask: Shaped[Tensor, "..."] | None = None,
    ) -> PreTrainingLogits:
        """Return the scores of both heads; arguments and errors as in `Bert.forward`."""
        hidden = self.bert(ids, types, mask)
        tokens = self.head(hidden, self.bert.embeddings.tokens.weight)
        if self.next_sentence is None:
            return PreTrainingLogits(tokens, None)
        return PreTrainingLogits(tokens, self.next_sentence(self.bert.pool(hidden)))

    # --8<-- [start:pretraining_loss]
    def loss(
        self,
        ids: "torch.Tensor",
        labels: "torch.Tensor",
        types: "torch.Tensor | None" = None,
        mask: "torch.Tensor | None" = None,
        next_labels: "torch.Tensor | None" = None,
    ) -> "PreTrainingLoss":
        """Return the losses; scores of the vocabulary are computed only where a label asks for them.

        Args:
            ids: token ids, `(batch, length)`.
            labels: the right id, or -100 where nothing is asked, `(batch, length)`.
            types: as in `Bert.forward`.
            mask: as there.
            next_labels: 0 where the second text follows, 1 where it does not, `(batch,)`.

        Raises:
            TypeError: as in `Bert.forward`.
            ValueError: as there; or a label is out of range, has another shape, or asks for a head
                that the model has not.
        """
        self._check_labels(ids, labels, next_labels)
        hidden = self.bert(ids, types, mask)
        asked = labels != IGNORE
        logits = self.head(hidden[asked], self.bert.embeddings.tokens.weight)
        count = asked.sum().clamp(min=1)
        tokens = cross_entropy(logits, labels[asked], reduction="sum") / count
        if self.next_sentence is None or next_labels is None:
            return PreTrainingLoss(tokens, tokens, None)
        pairs = cross_entropy(self.next_sentence(self.bert.pool(hidden)), next_labels)
        return PreTrainingLoss(tokens + pairs, tokens, pairs)

    # --8<-- [end:pretraining_loss]

    def _check_labels(self, ids: Tensor, labels: Tensor, next_labels: Tensor | None) -> None:
        if labels.shape != ids.shape:
            raise ValueError(
                f"expected labels of the shape of ids, {tuple(ids.shape)}, got {tuple(labels.shape)}"
            )
        check_labels("labels", labels, self.bert.config.vocab)
        if next_labels is None:
            return
        if self.next_sentence is None:
            raise ValueError("expected no next_labels, as the model has no head for them")
        if next_labels.shape != ids.shape[:1]:
            raise ValueError(
                f"expected next_labels of shape ({ids.shape[0]},), got {tuple(next_labels.shape)}"
            )
        check_range("next_labels", next_labels, 2)


def check_labels(name: str, labels: Tensor, size: int) -> None:
    """Raise a ValueError where a label is neither in `range(size)` nor -100."""
    try:
        check_range(name, labels[labels != IGNORE], size)
    except ValueError as error:
        first, got = str(error).rsplit(", got", 1)
        raise ValueError(f"{first}, or {IGNORE}, got{got}") from None
