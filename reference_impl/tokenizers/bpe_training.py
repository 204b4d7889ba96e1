"""Byte-level BPE from a corpus: which pairs to merge, found in two ways that agree.

Sennrich et al., 2016 ([arXiv:1508.07909](https://arxiv.org/abs/1508.07909), algorithm 1). The
paper breaks ties as it happens; here, as in Hugging Face's trainer, the pair with the smaller ids
wins. `train_bpe_slowly` counts all pairs again before each merge. `train_bpe` keeps the counts, and
goes only to the words in which the merged pair occurs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import pairwise

from reference_impl.tokenizers.bpe import BytePairEncoding
from reference_impl.tokenizers.byte_level import BYTE_TO_CHAR, split_words, to_byte_level
from reference_impl.tokenizers.encoding import refuse_surrogates

__all__ = ["TrainedBPE", "train_bpe", "train_bpe_slowly"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class TrainedBPE:
    """The result of training.

    Attributes:
        vocab: The id of each token: special tokens, the 256 bytes, then merges in their order.
        merges: Pairs of tokens, the first merge first.
        special_tokens: The special tokens.
        pair_visits: How many neighbouring pairs were looked at: the cost of the training. Not
            part of a comparison.

    >>> trained = train_bpe(["aab aab"], vocab_size=258, min_frequency=1)
    >>> trained.merges, trained.vocab["aab"]
    ([('a', 'a'), ('aa', 'b')], 257)
    """

    vocab: dict[str, int]
    merges: list[tuple[str, str]]
    special_tokens: tuple[str, ...]
    pair_visits: int = field(compare=False)

    def tokenizer(self, trim_offsets: bool = False) -> BytePairEncoding:
        """The tokenizer with this vocabulary."""
        return BytePairEncoding(
            self.vocab, self.merges, self.special_tokens, trim_offsets=trim_offsets
        )


class _Corpus:
    """The words of the texts as ids, with their counts, and the tokens so far."""

    def __init__(self, texts: Iterable[str], size: int, special_tokens: Sequence[str]) -> None:
        if isinstance(texts, str):
            raise TypeError("expected an iterable of texts, got one str; put it in a list")
        self.special_tokens = tuple(special_tokens)
        self.tokens = list(dict.fromkeys([*special_tokens, *sorted(BYTE_TO_CHAR)]))
        if "" in self.special_tokens:
            raise ValueError("expected special tokens that are not empty, got ''")
        if size < len(self.tokens):
            raise ValueError(
                f"expected a vocab_size of at least {len(self.tokens)}, the 256 bytes and the "
                f"special tokens, got {size}"
            )
        self.vocab = {token: number for number, token in enumerate(self.tokens)}
        counts: Counter[str] = Counter()
        for text in texts:
            refuse_surrogates(text)
            counts.update(split_words(text))
        self.words = [[self.vocab[char] for char in to_byte_level(w.encode())] for w in counts]
        self.counts = list(counts.values())
        self.merges: list[tuple[str, str]] = []
        self.pair_visits = 0

    def add(self, pair: Pair) -> int:
        """Enters a merge; the token it makes may be there already."""
        left, right = self.tokens[pair[0]], self.tokens[pair[1]]
        self.merges.append((left, right))
        if left + right not in self.vocab:
            self.vocab[left + right] = len(self.tokens)
            self.tokens.append(left + right)
        return self.vocab[left + right]

    def result(self) -> TrainedBPE:
        return TrainedBPE(self.vocab, self.merges, self.special_tokens, self.pair_visits)


def train_bpe_slowly(
    texts: Iterable[str],
    vocab_size: int,
    min_frequency: int = 2,
    special_tokens: Sequence[str] = (),
) -> TrainedBPE:
    """Trains byte-level BPE as the paper writes it: all pairs are counted again for each merge.

    Args:
        texts: The corpus.
        vocab_size: How many tokens to stop at, the special ones and the 256 bytes included.
        min_frequency: A pair that occurs less often is not merged; 0 means 1.
        special_tokens: Tokens for the first ids. They are not looked for in the corpus.

    Raises:
        TypeError: If `texts` is a single text.
        ValueError: If `vocab_size` is too small, or a text holds half a surrogate pair.

    >>> train_bpe_slowly(["low low lower"], 260).merges
    [('l', 'o'), ('lo', 'w'), ('Ġ', 'low')]
    """
    corpus = _Corpus(texts, vocab_size, special_tokens)
    while len(corpus.tokens) < vocab_size:
        pairs: Counter[Pair] = Counter()
        for word, count in zip(corpus.words, corpus.counts, strict=True):
            for pair in pairwise(word):
                pairs[pair] += count
                corpus.pair_visits += 1
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < max(min_frequency, 1):
            break
        new = corpus.add(best)
        corpus.words = [replace(word, best, new) for word in corpus.words]
    return corpus.result()


# --8<-- [start:replace]
def replace(word: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """Writes `new` for each occurrence of the pair, from left to right.

    >>> replace([7, 7, 7, 1], (7, 7), 9)
    [9, 7, 1]
    """
    result = []
    at = 0
    while at < len(word):
        merged = (word[at], *word[at + 1 : at + 2]) == pair
        result.append(new if merged else word[at])
        at += 2 if merged else 1
    return result


# --8<-- [end:replace]


def train_bpe(
    texts: Iterable[str],
    vocab_size: int,
    min_frequency: int = 2,
    special_tokens: Sequence[str] = (),
) -> TrainedBPE:
    """Trains byte-level BPE with counts that are kept up to date.

    The result is that of `train_bpe_slowly`, and of Hugging Face's `ByteLevelBPETokenizer`.

    Args:
        texts: The corpus.
        vocab_size: How many tokens to stop at, the special ones and the 256 bytes included.
        min_frequency: A pair that occurs less often is not merged; 0 means 1.
        special_tokens: Tokens for the first ids. They are not looked for in the corpus.

    Raises:
        TypeError: If `texts` is a single text.
        ValueError: If `vocab_size` is too small, or a text holds half a surrogate pair.

    >>> train_bpe(["low low lower"], 260).merges
    [('l', 'o'), ('lo', 'w'), ('Ġ', 'low')]
    >>> train_bpe(["low"], 100)
    Traceback (most recent call last):
    ValueError: expected a vocab_size of at least 256, the 256 bytes and the special tokens, got 100
    """
    corpus = _Corpus(texts, vocab_size, special_tokens)
    pairs = _PairCounts(corpus)
    while len(corpus.tokens) < vocab_size:
        best = pairs.pop_best(max(min_frequency, 1))
        if best is None:
            break
        pairs.merge(best, corpus.add(best))
    return corpus.result()


class _PairCounts:
    """How often each pair occurs, in which words, and which is the most frequent."""

    def __init__(self, corpus: _Corpus) -> None:
        self.corpus = corpus
        self.counts: defaultdict[Pair, int] = defaultdict(int)
        self.words_with: defaultdict[Pair, set[int]] = defaultdict(set)
        for number in range(len(corpus.words)):
            for pair, count in self._pairs_of(number):
                self.counts[pair] += count
                self.words_with[pair].add(number)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapify(self.heap)

    def pop_best(self, at_least: int) -> Pair | None:
        """The most frequent pair. The heap may hold counts of the past: those are passed over."""
        while self.heap:
            count, pair = heappop(self.heap)
            if self.counts[pair] == -count:
                return pair if -count >= at_least else None
        return None

    def merge(self, pair: Pair, new: int) -> None:
        """Merges the pair in the words that hold it, and takes account of what changes there."""
        changed: set[Pair] = set()
        for number in self.words_with.pop(pair):
            before = list(self._pairs_of(number))
            self.corpus.words[number] = replace(self.corpus.words[number], pair, new)
            after = list(self._pairs_of(number))
            for old, count in before:
                self.counts[old] -= count
            for made, count in after:
                self.counts[made] += count
                self.words_with[made].add(number)
            changed.update(dict(before), dict(after))
        for other in changed:
            if self.counts[other] > 0:
                heappush(self.heap, (-self.counts[other], other))

    def _pairs_of(self, number: int) -> Iterator[tuple[Pair, int]]:
        word, count = self.corpus.words[number], self.corpus.counts[number]
        self.corpus.pair_visits += max(len(word) - 1, 0)
        return ((pair, count) for pair in pairwise(word))
