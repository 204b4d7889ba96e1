"""A WordPiece vocabulary from a corpus, as Hugging Face's `WordPieceTrainer` makes it.

Schuster and Nakajima, *Japanese and Korean Voice Search*, 2012, merge the pair that raises the
likelihood of the corpus the most. Hugging Face's trainer merges the most frequent pair: it is BPE
with `##` on characters inside a word. This is what `train_wordpiece` does; with `by="likelihood"`
it takes count(ab) / (count(a) * count(b)).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from reference_impl.tokenizers.bpe_training import _Corpus, _PairCounts, replace
from reference_impl.tokenizers.encoding import refuse_surrogates
from reference_impl.tokenizers.normalise import bert_normalise, bert_words
from reference_impl.tokenizers.wordpiece import BERT_SPECIAL, WordPiece

__all__ = ["train_wordpiece"]


class _PieceCorpus(_Corpus):
    """The words of the texts as ids of characters, with `##` on all but the first of a word."""

    def __init__(
        self,
        words: dict[str, int],
        vocab_size: int,
        special_tokens: Sequence[str],
        inner_order: Sequence[str],
        prefix: str,
    ) -> None:
        self.prefix = prefix
        self.special_tokens = tuple(special_tokens)
        alphabet = sorted({char for word in words for char in word})
        inner = dict.fromkeys(prefix + char for word in words for char in word[1:])
        first = [token for token in inner_order if token in inner]
        self.tokens = list(dict.fromkeys([*special_tokens, *alphabet, *first, *inner]))
        if vocab_size < len(self.tokens):
            raise ValueError(
                f"expected a vocab_size of at least {len(self.tokens)}, the special tokens and "
                f"the characters of the corpus, got {vocab_size}"
            )
        self.vocab = {token: number for number, token in enumerate(self.tokens)}
        self.words = [
            [self.vocab[prefix * (at > 0) + char] for at, char in enumerate(word)] for word in words
        ]
        self.counts = list(words.values())
        self.merges = []
        self.pair_visits = 0

    def add(self, pair: tuple[int, int]) -> int:
        """Enters a merge; the mark of the right token is dropped."""
        left, right = self.tokens[pair[0]], self.tokens[pair[1]]
        self.merges.append((left, right))
        token = left + right.removeprefix(self.prefix)
        if token not in self.vocab:
            self.vocab[token] = len(self.tokens)
            self.tokens.append(token)
        return self.vocab[token]


def train_wordpiece(
    texts: Iterable[str],
    vocab_size: int,
    min_frequency: int = 0,
    special_tokens: Sequence[str] = BERT_SPECIAL,
    lowercase: bool = True,
    strip_accents: bool | None = None,
    by: str = "count",
    inner_order: Sequence[str] = (),
) -> WordPiece:
    """Trains a WordPiece tokenizer.

    Ids go to the special tokens, then to the characters in the order of their code points, then to
    the characters inside words (`##a`), then to the merges. Of equally good pairs the one with the
    smaller ids is merged.

    Args:
        texts: The corpus.
        vocab_size: How many tokens to stop at, special tokens and characters included.
        min_frequency: A pair that occurs less often is not merged; 0 means 1.
        special_tokens: Tokens for the first ids.
        lowercase: Whether to lowercase the corpus.
        strip_accents: Whether to drop accents; by default if, and only if, `lowercase`.
        by: "count" merges the most frequent pair, "likelihood" the pair with the highest
            count(ab) / (count(a) * count(b)).
        inner_order: The order of the ids of the characters inside words; by default that of their
            first occurrence. Hugging Face's is that of a hash map, new in each process. Give the
            tokens of such a vocabulary here to get the same ids and the same ties.

    Raises:
        TypeError: If `texts` is a single text.
        ValueError: If `vocab_size` is too small, or `by` is neither of the two.

    >>> tokenizer = train_wordpiece(["hug hugs pug pugs"], 16, special_tokens=["[UNK]"])
    >>> list(tokenizer.vocab)[5:]
    ['u', '##u', '##g', '##s', '##ug', 'hug', 'pug', 'hugs', 'pugs']
    """
    if isinstance(texts, str):
        raise TypeError("expected an iterable of texts, got one str; put it in a list")
    if by not in ("count", "likelihood"):
        raise ValueError(f"expected by to be 'count' or 'likelihood', got {by!r}")
    words = _count_words(texts, lowercase, strip_accents)
    corpus = _PieceCorpus(words, vocab_size, special_tokens, inner_order, prefix="##")
    if by == "count":
        _merge_by_count(corpus, vocab_size, max(min_frequency, 1))
    else:
        _merge_by_likelihood(corpus, vocab_size, max(min_frequency, 1))
    return WordPiece(corpus.vocab, special_tokens, lowercase=lowercase, strip_accents=strip_accents)


def _count_words(
    texts: Iterable[str], lowercase: bool, strip_accents: bool | None
) -> dict[str, int]:
    words: Counter[str] = Counter()
    for text in texts:
        refuse_surrogates(text)
        normal = bert_normalise(text, lowercase, strip_accents).text
        words.update(normal[start:end] for start, end in bert_words(normal))
    return words


def _merge_by_count(corpus: _PieceCorpus, vocab_size: int, at_least: int) -> None:
    pairs = _PairCounts(corpus)
    while len(corpus.tokens) < vocab_size:
        best = pairs.pop_best(at_least)
        if best is None:
            break
        pairs.merge(best, corpus.add(best))


def _merge_by_likelihood(corpus: _PieceCorpus, vocab_size: int, at_least: int) -> None:
    """Counts again before each merge: all scores change when a count does."""
    while len(corpus.tokens) < vocab_size:
        singles: Counter[int] = Counter()
        pairs: Counter[tuple[int, int]] = Counter()
        for word, count in zip(corpus.words, corpus.counts, strict=True):
            for token in word:
                singles[token] += count
            for pair in pairwise(word):
                pairs[pair] += count
        scores = {
            (a, b): count / (singles[a] * singles[b])
            for (a, b), count in pairs.items()
            if count >= at_least
        }
        if not scores:
            break
        best = min(scores, key=lambda pair: (-scores[pair], pair))
        new = corpus.add(best)
        corpus.words = [replace(word, best, new) for word in corpus.words]
