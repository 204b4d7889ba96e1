"""A Unigram vocabulary from a corpus: many substrings, EM, and the least useful ones go.

Kudo, 2018 ([arXiv:1804.10959](https://arxiv.org/abs/1804.10959), section 3.2), in the details
SentencePiece's trainer, as Hugging Face's `UnigramTrainer` has it. All words of one length go
through EM together, as an array of token ids.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reference_impl.tokenizers.encoding import refuse_surrogates
from reference_impl.tokenizers.unigram import UNKNOWN_PENALTY, Unigram, metaspace_words

__all__ = ["TrainedUnigram", "digamma", "seed_pieces", "train_unigram"]

Array = np.ndarray  # of floats or of ids
FEWEST_EXPECTED = 0.5
STEP_BETWEEN_RARE = 0.0001


@dataclass(frozen=True)
class TrainedUnigram:
    """The result of training.

    Attributes:
        tokenizer: The tokenizer.
        history: For each EM iteration the number of tokens before it, and the mean log likelihood
            of a word of the corpus with them.

    >>> trained = train_unigram(["hug hugs pug pugs"] * 20, 12)
    >>> [(tokens, round(likelihood, 2)) for tokens, likelihood in trained.history]
    [(12, -4.86), (12, -2.08)]
    """

    tokenizer: Unigram
    history: list[tuple[int, float]]


def digamma(values: Array) -> Array:
    """The derivative of log gamma, near log(x - 1/2): what the M step takes for the logarithm.

    >>> digamma(np.array([1.0, 100.0])).round(4).tolist()
    [-0.5772, 4.6002]
    """
    x = np.array(values, dtype=np.float64)
    result = np.zeros_like(x)
    while (small := x < 7).any():
        result[small] -= 1 / x[small]
        x[small] += 1
    x -= 0.5
    r = 1 / (x * x)
    return result + np.log(x) + r / 24 - 7 * r**2 / 960 + 31 * r**3 / 8064 - 127 * r**4 / 30720


def seed_pieces(
    words: dict[str, int], max_length: int = 16, size: int = 1_000_000
) -> list[tuple[str, float]]:
    """The tokens that training begins with: all characters, and substrings that repeat.

    A substring counts once for each place in the *different* words, and only if two different
    characters follow it (the end of a word is one): these are the inner nodes of a suffix tree. Its
    score is count times length. A character's score is its count in the corpus.

    Args:
        words: How often each word occurs.
        max_length: No token is longer.
        size: How many tokens at most.

    Returns:
        Tokens with the logarithms of their shares of the scores.

    >>> [token for token, _ in seed_pieces({"hug": 2, "hugs": 1, "bun": 1})]
    ['u', 'h', 'g', 's', 'n', 'b', 'hug', 'ug']
    """
    chars: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    follower: dict[str, str | None] = {}
    for word, count in words.items():
        for char in word:
            chars[char] += count
        for start in range(len(word)):
            for end in range(start + 2, min(start + max_length, len(word)) + 1):
                part = word[start:end]
                after = word[end : end + 1]
                counts[part] += 1
                if follower.setdefault(part, after) != after:
                    follower[part] = None
    pieces = sorted(((n, char) for char, n in chars.items()), reverse=True)
    branching = [(counts[p] * len(p), p) for p, after in follower.items() if after is None]
    pieces = [*pieces, *sorted(branching, reverse=True)][: max(size, len(pieces))]
    total = np.log(float(sum(score for score, _ in pieces)))
    return [(token, float(np.log(score) - total)) for score, token in pieces]


class _Words:
    """Words as arrays: `ids[w, end, k]` is the token of word w that ends at `end`, or -1.

    The longest token comes first, at k = 0. Where a character has no token, the last place of its
    end holds 0, the unknown token.
    """

    def __init__(
        self, words: Sequence[str], weights: Sequence[int] | Sequence[float], longest: int
    ) -> None:
        self.longest = longest
        by_length: dict[int, list[int]] = {}
        for number, word in enumerate(words):
            by_length.setdefault(len(word), []).append(number)
        self.words = words
        self.groups = [np.array(group) for _, group in sorted(by_length.items())]
        self.weights = np.array(weights, dtype=np.float64)
        self.ids: list[Array] = []

    def look_up(self, vocab: dict[str, int]) -> None:
        """Finds the tokens that fit, in all words."""
        self.ids = []
        for group in self.groups:
            length = len(self.words[group[0]])
            ids = np.full((len(group), length + 1, self.longest), -1)
            for row, number in enumerate(group):
                word = self.words[number]
                for end in range(1, length + 1):
                    for size in range(1, min(end, self.longest) + 1):
                        ids[row, end, -size] = vocab.get(word[end - size : end], -1)
            self.ids.append(ids)
        self._mark_unknown()

    def renumber(self, new_id: Array) -> None:
        """Gives the tokens new ids; a token that is gone has -1."""
        new_id = np.append(new_id, -1)  # place -1: no token stays no token
        self.ids = [new_id[ids] for ids in self.ids]
        self._mark_unknown()

    def _mark_unknown(self) -> None:
        for ids in self.ids:
            last = ids[:, 1:, -1]
            last[last < 0] = 0

    def scores(self, ids: Array, scores: Array) -> Array:
        return np.where(ids >= 0, scores[ids], -np.inf)


def _log_sum(values: Array) -> Array:
    top = values.max(axis=-1, keepdims=True)
    top[~np.isfinite(top)] = 0
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0])


def _expected_counts(words: _Words, scores: Array) -> tuple[Array, float]:
    """The E step: how often each token is expected, and the mean log likelihood of a word."""
    expected = np.zeros(len(scores))
    total = 0.0
    for group, ids in zip(words.groups, words.ids, strict=True):
        count, places, longest = ids.shape
        gains = words.scores(ids, scores)
        # `longest` empty places before the word, so that a slice never begins below 0
        forward = np.full((count, longest + places), -np.inf)
        forward[:, longest] = 0
        for end in range(1, places):
            forward[:, longest + end] = _log_sum(forward[:, end : end + longest] + gains[:, end])
        backward = np.full((count, longest + places), -np.inf)
        backward[:, -1] = 0
        for start in range(places - 2, -1, -1):
            sizes = np.arange(1, min(longest, places - 1 - start) + 1)
            ways = gains[:, start + sizes, -sizes] + backward[:, longest + start + sizes]
            backward[:, longest + start] = _log_sum(ways)
        whole = forward[:, -1]
        weight = words.weights[group]
        total += float((weight * whole).sum())
        for end in range(1, places):
            ways = forward[:, end : end + longest] + gains[:, end]
            share = np.exp(ways + (backward[:, longest + end] - whole)[:, None]) * weight[:, None]
            used = ids[:, end] >= 0
            expected += np.bincount(ids[:, end][used], share[used], minlength=len(scores))
    return expected, total / float(words.weights.sum())


def _best_cuts(
    words: _Words, scores: Array, whole_allowed: bool = True
) -> Iterable[tuple[int, float, list[int]]]:
    """Viterbi: for each word its number, the score of its best cut, and the ids of that cut."""
    for group, ids in zip(words.groups, words.ids, strict=True):
        count, places, longest = ids.shape
        gains = words.scores(ids, scores)
        if not whole_allowed and places - 1 <= longest:
            gains[:, places - 1, longest - (places - 1)] = -np.inf
        best = np.full((count, longest + places), -np.inf)
        best[:, longest] = 0
        chosen = np.zeros((count, places), dtype=np.int64)
        for end in range(1, places):
            ways = best[:, end : end + longest] + gains[:, end]
            chosen[:, end] = ways.argmax(axis=1)
            best[:, longest + end] = ways.max(axis=1)
        for row, number in enumerate(group):
            cut = []
            end = places - 1
            while end > 0 and np.isfinite(best[row, -1]):
                cut.append(int(ids[row, end, chosen[row, end]]))
                end -= longest - int(chosen[row, end])
            yield int(number), float(best[row, -1]), cut[::-1]


def train_unigram(
    texts: Iterable[str],
    vocab_size: int,
    special_tokens: Sequence[str] = (),
    unk_token: str = "<unk>",  # noqa: S107 - a token of the vocabulary, no secret
    shrinking_factor: float = 0.75,
    sub_iterations: int = 2,
    max_length: int = 16,
    seed_size: int = 1_000_000,
) -> TrainedUnigram:
    """Trains a Unigram tokenizer, words cut by `metaspace_words`.

    Args:
        texts: The corpus.
        vocab_size: How many tokens to end with, special and unknown token included.
        special_tokens: Tokens for the first ids.
        unk_token: The unknown token: id 0 if it is none of the special tokens.
        shrinking_factor: What part of the tokens pruning keeps each time.
        sub_iterations: EM iterations between two prunings.
        max_length: No token is longer, in characters.
        seed_size: How many tokens to begin with at most.

    Raises:
        TypeError: If `texts` is a single text.
        ValueError: If the corpus has no words, `vocab_size` has no room for all its characters, or
            `shrinking_factor` is not between 0 and 1.

    >>> trained = train_unigram(["walking walked talking talked"] * 10, 20)
    >>> trained.tokenizer.encode("walked talks").tokens
    ['▁walk', 'e', 'd', '▁talk', 's']
    """
    if isinstance(texts, str):
        raise TypeError("expected an iterable of texts, got one str; put it in a list")
    if not 0 < shrinking_factor < 1:
        raise ValueError(f"expected a shrinking_factor between 0 and 1, got {shrinking_factor}")
    if sub_iterations < 1 or max_length < 1:
        raise ValueError(
            f"expected sub_iterations and max_length to be at least 1, got {sub_iterations} and "
            f"{max_length}"
        )
    counts: Counter[str] = Counter()
    for text in texts:
        refuse_surrogates(text)
        counts.update(metaspace_words(text))
    if not counts:
        raise ValueError("expected texts with at least one word, got none")
    first = list(
        dict.fromkeys([*([] if unk_token in special_tokens else [unk_token]), *special_tokens])
    )
    alphabet = sorted({char for word in counts for char in word})
    if vocab_size < len(first) + len(alphabet):
        raise ValueError(
            f"expected a vocab_size of at least {len(first) + len(alphabet)}, the special tokens "
            f"and the characters of the corpus, got {vocab_size}"
        )
    trainer = _Trainer(counts, vocab_size, shrinking_factor, max_length, seed_size)
    while True:
        for _ in range(sub_iterations):
            trainer.em_iteration()
        if len(trainer.tokens) <= trainer.target:
            break
        trainer.prune()
    pieces = trainer.final_pieces(alphabet, vocab_size - len(first))
    whole = [(token, 0.0) for token in first] + pieces
    tokenizer = Unigram(whole, first.index(unk_token), special_tokens)
    return TrainedUnigram(tokenizer, trainer.history)


class _Trainer:
    """The tokens at hand (the unknown one first), their scores, and the words."""

    def __init__(
        self, counts: dict[str, int], vocab_size: int, shrink: float, longest: int, seeds: int
    ) -> None:
        pieces = seed_pieces(counts, longest, seeds)
        self.tokens = ["", *(token for token, _ in pieces)]
        self.scores = np.array([0.0, *(score for _, score in pieces)])
        self.shrink = shrink
        self.longest = longest
        self.target = vocab_size * 11 // 10
        self.history: list[tuple[int, float]] = []
        self.words = _Words(list(counts), list(counts.values()), longest)
        self.words.look_up({token: n for n, token in enumerate(self.tokens) if n})

    def em_iteration(self) -> None:
        """E step, M step; tokens that are hardly expected go."""
        self.scores[0] = self.scores[1:].min() - UNKNOWN_PENALTY
        expected, likelihood = _expected_counts(self.words, self.scores)
        self.history.append((len(self.tokens), likelihood))
        kept = np.flatnonzero(expected >= FEWEST_EXPECTED)
        kept = np.concatenate([[0], kept[kept > 0]])
        self._keep(kept)
        self.scores[1:] = digamma(expected[kept[1:]]) - digamma(
            expected[kept[1:]].sum(keepdims=True)
        )

    def prune(self) -> None:
        """Keeps what cannot be replaced, then the tokens whose loss costs the most."""
        self.scores[0] = self.scores[1:].min() - UNKNOWN_PENALTY
        freq = np.zeros(len(self.tokens))
        for number, _, cut in _best_cuts(self.words, self.scores):
            for token in cut:
                freq[token] += self.words.weights[number]
        themselves = _Words(self.tokens[1:], [1.0] * (len(self.tokens) - 1), self.longest)
        themselves.look_up({token: n for n, token in enumerate(self.tokens) if n})
        total, words = freq.sum(), self.words.weights.sum()
        kept, losses = [0], []
        cuts = sorted(_best_cuts(themselves, self.scores, whole_allowed=False))
        for index, score, cut in cuts:
            token = index + 1
            if not cut:
                kept.append(token)  # a character: nothing can stand for it
            elif score > self.scores[token]:
                if freq[token] > 0:
                    kept.append(token)
            elif freq[token] > 0:
                here = np.log(freq[token]) - np.log(total)
                # Hugging Face's trainer has the number of all tokens where SentencePiece's has
                # that of the tokens which take the place of this one, `len(cut)`.
                after = np.log(total + freq[token] * (len(self.tokens) - 1))
                instead = sum(np.log(freq[other] + freq[token]) - after for other in cut)
                losses.append((-freq[token] / words * (here - instead), token))
        size = max(self.target, int(len(self.tokens) * self.shrink))
        room = max(size - len(kept), 0)
        self._keep(np.array(kept + [token for _, token in sorted(losses)][:room]))

    def _keep(self, kept: Array) -> None:
        new_id = np.full(len(self.tokens), -1)
        new_id[kept] = np.arange(len(kept))
        self.words.renumber(new_id)
        self.tokens = [self.tokens[number] for number in kept]
        self.scores = self.scores[kept]

    def final_pieces(self, alphabet: Sequence[str], size: int) -> list[tuple[str, float]]:
        """All characters, then the other tokens in order, as many as there is room for."""
        known = dict(zip(self.tokens[1:], self.scores[1:].tolist(), strict=True))
        lowest = min(known.values())
        absent = [char for char in alphabet if char not in known]
        chosen = {char: known[char] for char in alphabet if char in known}
        chosen |= {char: lowest + at * STEP_BETWEEN_RARE for at, char in enumerate(absent)}
        for token, score in known.items():
            if len(chosen) >= size:
                break
            chosen[token] = score
        return sorted(chosen.items(), key=lambda piece: -piece[1])
