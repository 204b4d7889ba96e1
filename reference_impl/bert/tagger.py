"""A BERT that tags words: with a linear layer alone, or with a CRF on top of it.

Devlin et al., [*BERT*](https://arxiv.org/abs/1810.04805), section 5.3, put a linear layer on the first piece of each
word. The CRF is that of Lample et al., [*Neural architectures for named entity recognition*](https://arxiv.org/abs/1603.01360).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# --8<-- [start:tagger_imports]
import torch
from torch import nn
from torch.nn.functional import cross_entropy

# --8<-- [end:tagger_imports]
from reference_impl.attention import sinusoidal_positions
from reference_impl.bert.alignment import Aligned, TagBatch, align, first_pieces, tag_batch
from reference_impl.bert.config import BertConfig
from reference_impl.bert.crf import LinearChainCRF
from reference_impl.bert.model import Bert
from reference_impl.bert.name_data import LABELS, Sentence
from reference_impl.bert.pretraining import IGNORE
from reference_impl.bert.span_f1 import SpanReport, span_scores
from reference_impl.bert.tags import Span, allowed_transitions, tag_names, tags_to_spans
from reference_impl.optimizers import Scheduler, warmup_cosine
from reference_impl.tokenizers import WordPiece, train_wordpiece

__all__ = [
    "Tagger",
    "TrainTagger",
    "TrainedTagger",
    "evaluate_tagger",
    "fit_tagger",
    "parameter_groups",
    "small_bert",
    "tag_loss",
    "train_tagger",
]


# --8<-- [start:tag_loss]
def tag_loss(scores: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
    """Return the mean cross-entropy over the places that have a label.

    Args:
        scores: of each tag at each token, `(batch, length, tags)`.
        labels: numbers of tags, -100 where there is none, `(batch, length)`.

    Raises:
        ValueError: the shapes do not fit, a label is out of range, or there is none at all.

    Examples:
        >>> scores = torch.tensor([[[0.0, 0.0], [9.0, 0.0]]])
        >>> tag_loss(scores, torch.tensor([[1, -100]]))
        tensor(0.6931)
        >>> tag_loss(scores, torch.tensor([[1, 2]]))
        Traceback (most recent call last):
        ValueError: expected labels from 0 to 1, or -100, got 2
    """
    if scores.ndim != 3 or scores.shape[:2] != labels.shape:
        raise ValueError(
            f"expected scores of shape (batch, length, tags) and labels of shape (batch, length), "
            f"got {tuple(scores.shape)} and {tuple(labels.shape)}"
        )
    real = labels[labels != IGNORE]
    if not real.numel():
        raise ValueError("expected a label that is not -100, got none: the mean would be nan")
    wrong = real[(real < 0) | (real >= scores.shape[-1])]
    if wrong.numel():
        raise ValueError(
            f"expected labels from 0 to {scores.shape[-1] - 1}, or -100, got {int(wrong[0])}"
        )
    return cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=IGNORE)


# --8<-- [end:tag_loss]


class Tagger(nn.Module):
    """A `Bert`, a linear layer from its hidden states to tags, and a CRF if asked.

    Args:
        bert: the encoder.
        names: the tags, in the order of their numbers.
        crf: whether to add a CRF.
        scheme: the scheme of the tags, `"BIO"` or `"BIOES"`.
        constrained: whether the CRF knows which tags the scheme allows after which.

    Attributes:
        bert: the encoder.
        head: the linear layer.
        crf: the CRF, or `None`.

    Raises:
        ValueError: a tag is not of the scheme.

    Examples:
        >>> bert = Bert(BertConfig(vocab=9, dim=8, layers=1, heads=2, hidden=16))
        >>> tagger = Tagger(bert, ("O", "B-PER", "I-PER"))
        >>> tagger(torch.tensor([[1, 5, 2]])).shape
        torch.Size([1, 3, 3])
    """

    def __init__(
        self,
        bert: Bert,
        names: Sequence[str],
        crf: bool = False,
        scheme: str = "BIO",
        constrained: bool = True,
    ) -> None:
        super().__init__()
        allowed = allowed_transitions(names, scheme)
        self.names = tuple(names)
        self.bert = bert
        self.dropout = nn.Dropout(bert.config.dropout)
        self.head = nn.Linear(bert.config.dim, len(names))
        self.head.apply(bert.initialise)
        self.crf = LinearChainCRF(len(names), allowed if constrained else None) if crf else None

    # --8<-- [start:tagger_forward]
    def forward(self, ids: "torch.Tensor", mask: "torch.Tensor | None" = None) -> "torch.Tensor":
        """Return the score of each tag at each token, `(batch, length, tags)`.

        Args:
            ids: token ids, `(batch, length)`.
            mask: `True` at tokens, `False` at filler, `(batch, length)`.
        """
        scores: torch.Tensor = self.head(self.dropout(self.bert(ids, mask=mask)))
        return scores

    def loss(self, batch: "TagBatch") -> "torch.Tensor":
        """Return the mean loss: of the words, or with a CRF of the sentences."""
        scores = self(batch.ids, batch.mask)
        if self.crf is None:
            return tag_loss(scores, batch.labels)
        words, mask = first_pieces(scores, batch.starts)
        labels, _ = first_pieces(batch.labels, batch.starts)
        losses: torch.Tensor = self.crf(words, labels, mask)
        return losses.mean()

    @torch.no_grad()
    def predict(self, batch: "TagBatch") -> "list[list[int]]":
        """Return the number of the tag of each word, for each sentence."""
        words, mask = first_pieces(self(batch.ids, batch.mask), batch.starts)
        if self.crf is not None:
            return self.crf.viterbi(words, mask)
        best = words.argmax(-1)
        return [row[real].tolist() for row, real in zip(best, mask, strict=True)]

    # --8<-- [end:tagger_forward]


@dataclass(frozen=True)
class TrainTagger:
    """How to train a tagger.

    Attributes:
        crf: whether it has a CRF.
        constrained: whether the CRF knows which tags the scheme allows after which.
        scheme: `"BIO"` or `"BIOES"`.
        epochs: how often each sentence is seen.
        batch: sentences in a step.
        rate: the highest learning rate of the encoder. It rises over a tenth of the steps, and falls to 0.
        head_rate: the same for the linear layer and the CRF.
        dim: width of the encoder, if it is made here.
        layers: layers of it.
        vocab: size of the WordPiece vocabulary, if it is trained here.
        seed: of the weights, the order of sentences, and dropout.

    Examples:
        >>> TrainTagger(crf=True).scheme
        'BIO'
    """

    crf: bool = False
    constrained: bool = True
    scheme: str = "BIO"
    epochs: int = 1
    batch: int = 16
    rate: float = 3e-3
    head_rate: float = 1e-2
    dim: int = 64
    layers: int = 2
    vocab: int = 600
    seed: int = 0


@dataclass(frozen=True)
class TrainedTagger:
    """A tagger with what belongs to it.

    Attributes:
        model: the network.
        tokenizer: cuts texts into the tokens that it knows.
        scheme: the scheme of its tags.

    Examples:
        >>> tagger = train_tagger([Sentence("a", ())], settings=TrainTagger(epochs=1, dim=16))
        >>> tagger.model.names[:3]
        ('O', 'B-PER', 'I-PER')
    """

    model: Tagger
    tokenizer: WordPiece
    scheme: str

    def align(self, sentences: Sequence[Sentence]) -> list[Aligned]:
        """Return sentences as tokens with labels."""
        return [align(one, self.tokenizer, self.model.names, self.scheme) for one in sentences]

    def tags(self, texts: Sequence[str], batch: int = 64) -> list[list[str]]:
        """Return the tag of each word of each text."""
        rows = self.align([Sentence(text, ()) for text in texts])
        self.model.eval()
        found: list[list[int]] = []
        for at in range(0, len(rows), batch):
            found += self.model.predict(tag_batch(rows[at : at + batch]))
        return [[self.model.names[tag] for tag in tags] for tags in found]

    def find(self, texts: Sequence[str], batch: int = 64) -> list[list[Span]]:
        """Return the entities of each text, in characters; tags are read leniently."""
        rows = self.align([Sentence(text, ()) for text in texts])
        tags = self.tags(texts, batch)
        return [row.to_characters(tags_to_spans(one)) for row, one in zip(rows, tags, strict=True)]


# --8<-- [start:parameter_groups]
def parameter_groups(model: "Tagger", rate: float, head_rate: float) -> "list[dict[str, Any]]":
    """Return the encoder and what stands on it as two groups, each with its learning rate.

    Args:
        model: the tagger.
        rate: of the encoder.
        head_rate: of the linear layer and the CRF.

    Examples:
        >>> bert = Bert(BertConfig(vocab=9, dim=8, layers=0, heads=2))
        >>> _, head = parameter_groups(Tagger(bert, ("O", "B-X", "I-X")), 2e-5, 1e-3)
        >>> head["lr"], [tuple(parameter.shape) for parameter in head["params"]]
        (0.001, [(3, 8), (3,)])
    """
    bert = list(model.bert.parameters())
    ours = {id(parameter) for parameter in bert}
    head = [parameter for parameter in model.parameters() if id(parameter) not in ours]
    return [{"params": bert, "lr": rate}, {"params": head, "lr": head_rate}]


# --8<-- [end:parameter_groups]


def _batches(count: int, settings: TrainTagger) -> Iterator[list[int]]:
    """Yield the numbers of the sentences of each step."""
    generator = torch.Generator().manual_seed(settings.seed)
    for _ in range(settings.epochs):
        order = torch.randperm(count, generator=generator).tolist()
        yield from (order[at : at + settings.batch] for at in range(0, count, settings.batch))


# --8<-- [start:fit_tagger]
def fit_tagger(
    model: "Tagger",
    rows: "Sequence[Aligned]",
    settings: "TrainTagger",
    loss: "Callable[[TagBatch], torch.Tensor] | None" = None,
    after_step: "Callable[[int, float], None] | None" = None,
) -> None:
    """Train a tagger on aligned sentences.

    Args:
        model: the tagger, changed in place.
        rows: the sentences.
        settings: epochs, batch and learning rates.
        loss: of a batch; the model's own by default.
        after_step: called with the number of steps so far and the last loss.

    Raises:
        ValueError: there are no rows, or epochs or batch are less than 1.

    Examples:
        >>> model = Tagger(Bert(BertConfig(vocab=9, dim=8, layers=1, heads=2)), ("O", "B-X", "I-X"))
        >>> row = Aligned((1, 7, 2), (-100, 1, -100), ((0, 2),))
        >>> fit_tagger(model, [row], TrainTagger(epochs=30))
        >>> model.eval().predict(tag_batch([row]))
        [[1]]
    """
    if not rows or settings.epochs < 1 or settings.batch < 1:
        raise ValueError(
            f"expected rows, and epochs and batch of at least 1, got {len(rows)} rows, "
            f"{settings.epochs} and {settings.batch}"
        )
    groups = parameter_groups(model, settings.rate, settings.head_rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = settings.epochs * -(-len(rows) // settings.batch)
    schedule = Scheduler(optimizer, warmup_cosine(max(1, steps // 10), steps + 1))
    model.train()
    for step, numbers in enumerate(_batches(len(rows), settings), start=1):
        value = (loss or model.loss)(tag_batch([rows[number] for number in numbers]))
        optimizer.zero_grad()
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if after_step is not None:
            after_step(step, value.item())


# --8<-- [end:fit_tagger]


def train_tagger(
    sentences: Sequence[Sentence],
    settings: TrainTagger | None = None,
    bert: Bert | None = None,
    tokenizer: WordPiece | None = None,
) -> TrainedTagger:
    """Train a tagger for the labels of `make_sentences`, from texts to network.

    Args:
        sentences: texts and their entities.
        settings: by default those of `TrainTagger()`.
        bert: an encoder to go on from, changed in place. By default a small one with random weights.
        tokenizer: that of `bert`. By default a cased WordPiece, trained on `sentences`.

    Raises:
        ValueError: there are no sentences, only one of `bert` and `tokenizer` is given, or an entity
            starts or ends inside a word.

    Examples:
        >>> tagger = train_tagger([Sentence("Bo", (Span(0, 2, "PER"),))], TrainTagger(epochs=40))
        >>> tagger.find(["Bo Bo"])
        [[Span(start=0, end=2, label='PER'), Span(start=3, end=5, label='PER')]]
    """
    settings = settings or TrainTagger()
    if (bert is None) != (tokenizer is None):
        raise ValueError("expected both bert and tokenizer, or neither, got one of them")
    if tokenizer is None:
        tokenizer = train_wordpiece(
            [one.text for one in sentences], settings.vocab, lowercase=False
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        bert = bert or small_bert(tokenizer, settings)
        names = tag_names(LABELS, settings.scheme)
        model = Tagger(bert, names, settings.crf, settings.scheme, settings.constrained)
        tagger = TrainedTagger(model, tokenizer, settings.scheme)
        fit_tagger(model, tagger.align(sentences), settings)
    model.eval()
    return tagger


# --8<-- [start:small_bert]
def small_bert(tokenizer: "WordPiece", settings: "TrainTagger") -> "Bert":
    """Return a small encoder with random weights, and sinusoids in its table of positions.

    With sinusoids the place beside a token is a rotation of its own place. So "look at the word
    before" can be learned for all places at once, and a few thousand sentences are enough.

    Args:
        tokenizer: its vocabulary has `[PAD]`.
        settings: the sizes.

    Examples:
        >>> tokenizer = WordPiece({"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3})
        >>> small_bert(tokenizer, TrainTagger()).config.dim
        64
    """
    config = BertConfig(
        vocab=len(tokenizer.vocab), dim=settings.dim, layers=settings.layers, heads=4,
        hidden=2 * settings.dim, context=128, dropout=0.0, attention_dropout=0.0, init_std=0.05,
        pad=tokenizer.vocab["[PAD]"],
    )  # fmt: skip  # a table of sizes
    bert = Bert(config, pooler=False)
    places = sinusoidal_positions(config.context, config.dim)
    with torch.no_grad():
        bert.embeddings.positions.weight.copy_(config.init_std * places)
    return bert


# --8<-- [end:small_bert]


def evaluate_tagger(tagger: TrainedTagger, sentences: Sequence[Sentence]) -> SpanReport:
    """Compare the entities that a tagger finds with those of the sentences.

    Args:
        tagger: a trained tagger.
        sentences: texts and their entities.

    Examples:
        >>> sentences = [Sentence("Bo", (Span(0, 2, "PER"),))]
        >>> tagger = train_tagger(sentences, TrainTagger(epochs=40))
        >>> evaluate_tagger(tagger, sentences).overall.f1
        1.0
    """
    return span_scores(
        [one.spans for one in sentences], tagger.find([one.text for one in sentences])
    )
