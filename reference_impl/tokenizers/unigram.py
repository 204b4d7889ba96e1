"""The Unigram model: each token has a probability, and a word takes its most probable cut.

Kudo, *Subword Regularization*, 2018 ([arXiv:1804.10959](https://arxiv.org/abs/1804.10959), sections
3.1 to 3.3). The probability of a cut is the product of those of its tokens; we write logarithms,
called scores.
"""

# --8<-- [start:unigram_imports]
import math
import random
from collections.abc import Iterator, Sequence
from heapq import nlargest

# --8<-- [end:unigram_imports]
from reference_impl.tokenizers.encoding import Encoding, Tokenizer

__all__ = ["Unigram", "metaspace_words"]

SPACE = "▁"
UNKNOWN_PENALTY = 10.0
CACHED_WORDS = 1 << 16

Edge = tuple[int, int, float]  # the start of a token in the word, its id, its score


def metaspace_words(text: str) -> list[str]:
    """Writes each space as `▁`, puts one in front, and cuts before each `▁`.

    >>> metaspace_words("two  words")
    ['▁two', '▁', '▁words']
    """
    text = text.replace(" ", SPACE)
    if text and not text.startswith(SPACE):
        text = SPACE + text
    first, *rest = text.split(SPACE)
    return ([first] if first else []) + [SPACE + word for word in rest]


# --8<-- [start:best_cut]
def best_cut(edges: list[list[tuple[int, int, float]]]) -> list[tuple[int, int]]:
    """Viterbi: the best way to each place in the word, from the left, then back from its end.

    Args:
        edges: For each place in the word, the tokens that end there: (start, id, score).

    Returns:
        The start and the id of each token of the best cut. Of equally good ways to a place the one
        with the longer last token wins.

    >>> best_cut([[], [(0, 1, -1.0)], [(0, 3, -2.5), (1, 2, -1.0)]])
    [(0, 1), (1, 2)]
    """
    score = [0.0]
    came_by = [(0, 0)]
    for end in range(1, len(edges)):
        value, start, number = max(
            ((score[start] + gain, -start, number) for start, number, gain in edges[end]),
            key=lambda way: way[:2],
        )
        score.append(value)
        came_by.append((-start, number))
    cut = []
    end = len(edges) - 1
    while end > 0:
        cut.append(came_by[end])
        end = came_by[end][0]
    return cut[::-1]


# --8<-- [end:best_cut]


def log_sum_exp(values: Sequence[float]) -> float:
    """The logarithm of the sum of the exponentials, without overflow.

    >>> round(log_sum_exp([1000.0, 1000.0]), 4)
    1000.6931
    """
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


class Unigram(Tokenizer):
    """A vocabulary with scores; encodes as the Unigram model of Hugging Face with `Metaspace`.

    A character without a token of its own may be the unknown token, at the lowest score of the
    vocabulary minus 10. Unknown neighbours become one token, spelt as in the text.

    Args:
        pieces: Tokens with their scores (natural logarithms of probabilities); ids in this order.
        unk_id: The id of the unknown token; `None` if there is none.
        special_tokens: Tokens that are found in the raw text.

    Raises:
        ValueError: If `pieces` is empty, a token stands there twice or is empty, a score is not
            finite, or `unk_id` is not one of the ids.

    >>> tokenizer = Unigram([("<unk>", 0.0), ("▁", -2.0), ("h", -4.0), ("u", -4.0), ("g", -4.0),
    ...                      ("hug", -5.0), ("s", -3.0), ("▁hug", -6.5)])
    >>> tokenizer.encode("hugs")
    Encoding(ids=[7, 6], tokens=['▁hug', 's'], offsets=[(0, 3), (3, 4)])
    >>> tokenizer.encode("hugs!?").tokens, tokenizer.decode([7, 6, 7])
    (['▁hug', 's', '!?'], 'hugs hug')
    """

    def __init__(
        self,
        pieces: Sequence[tuple[str, float | int]],
        unk_id: int | None = 0,
        special_tokens: Sequence[str] = (),
    ) -> None:
        if not pieces:
            raise ValueError("expected pieces with at least one token, got none")
        for number, (token, score) in enumerate(pieces):
            if token == "" or not math.isfinite(score):
                raise ValueError(
                    f"expected a token that is not empty and a finite score, got {token!r} with "
                    f"{score} for id {number}"
                )
        if unk_id is not None and not 0 <= unk_id < len(pieces):
            raise ValueError(f"expected unk_id to be None or 0 to {len(pieces) - 1}, got {unk_id}")
        vocab = {token: number for number, (token, _) in enumerate(pieces)}
        if len(vocab) != len(pieces):
            raise ValueError(
                f"expected each token once, got {len(pieces)} pieces with {len(vocab)} tokens"
            )
        super().__init__(vocab, special_tokens)
        self.pieces = [(token, float(score)) for token, score in pieces]
        self.unk_id = unk_id
        self.unk_score = min(score for _, score in self.pieces) - UNKNOWN_PENALTY
        self._longest = max(map(len, vocab))
        self._cache: dict[str, list[tuple[str, int]]] = {}

    # --8<-- [start:lattice]
    def lattice(self, word: str) -> list[list[tuple[int, int, float]]]:
        """All tokens that fit: for each place in the word those that end there.

        Raises:
            ValueError: If a character needs the unknown token and there is none.

        >>> Unigram([("a", -1.0), ("aa", -1.5)], unk_id=None).lattice("aa")
        [[], [(0, 0, -1.0)], [(0, 1, -1.5), (1, 0, -1.0)]]
        """
        edges: list[list[tuple[int, int, float]]] = [[] for _ in range(len(word) + 1)]
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - self._longest), end):
                number = self.vocab.get(word[start:end])
                if number is not None:
                    edges[end].append((start, number, self.pieces[number][1]))
            if word[end - 1] not in self.vocab:
                if self.unk_id is None:
                    raise ValueError(
                        f"expected characters of the vocabulary or an unk_id, "
                        f"got {word[end - 1]!r} in {word!r}"
                    )
                edges[end].append((end - 1, self.unk_id, self.unk_score))
        return edges

    # --8<-- [end:lattice]

    def segment(self, word: str) -> list[str]:
        """The most probable cut of a word, as it stands: a space must be written as `▁`.

        >>> Unigram([("a", -1.0), ("aa", -1.5)], unk_id=None).segment("aaa")
        ['a', 'aa']
        """
        return [token for token, _ in self._fuse(word, best_cut(self.lattice(word)))]

    def n_best(self, word: str, n: int) -> list[tuple[list[str], float]]:
        """The `n` most probable cuts with their scores, the best first.

        Raises:
            ValueError: If `n` is below 1.

        >>> Unigram([("a", -1.0), ("aa", -1.5)], unk_id=None).n_best("aa", 5)
        [(['aa'], -1.5), (['a', 'a'], -2.0)]
        """
        if n < 1:
            raise ValueError(f"expected n to be at least 1, got {n}")
        ways: list[list[tuple[float, list[str]]]] = [[(0.0, [])]]
        for end, edges in enumerate(self.lattice(word)[1:], start=1):
            longer = (
                (score + gain, [*tokens, word[start:end]])
                for start, _, gain in edges
                for score, tokens in ways[start]
            )
            ways.append(nlargest(n, longer, key=lambda way: way[0]))
        return [(tokens, score) for score, tokens in ways[-1]]

    # --8<-- [start:log_likelihood]
    def log_likelihood(self, word: str, alpha: float = 1.0) -> float:
        """The logarithm of the sum of P(cut)**alpha over all cuts of the word.

        >>> model = Unigram([("a", -1.0), ("aa", -1.5)], unk_id=None)
        >>> round(model.log_likelihood("aa"), 4)  # log(exp(-1.5) + exp(-2))
        -1.0259
        """
        return self._forward(self.lattice(word), alpha)[-1]

    # --8<-- [end:log_likelihood]

    def sample(self, word: str, alpha: float = 1.0, rng: random.Random | None = None) -> list[str]:
        """Draws a cut with a probability proportional to P(cut)**alpha.

        Sums of all ways to each place are formed from the left; then tokens are drawn from the
        right, each in proportion to the sum of the ways that end with it.

        Args:
            word: The word; a space must be written as `▁`.
            alpha: 1 draws from the model, 0 makes all cuts equally probable, and a large value
                nearly always gives the best cut.
            rng: Where the random numbers come from; by default the module `random`.

        Raises:
            ValueError: If `alpha` is negative or not finite.

        >>> model = Unigram([("a", -1.0), ("aa", -1.5)], unk_id=None)
        >>> model.sample("aa", alpha=1000.0, rng=random.Random(0))
        ['aa']
        """
        if not (math.isfinite(alpha) and alpha >= 0):
            raise ValueError(f"expected alpha to be finite and not negative, got {alpha}")
        edges = self.lattice(word)
        sums = self._forward(edges, alpha)
        draw = rng.random if rng is not None else random.random
        tokens = []
        end = len(word)
        while end > 0:
            left = draw()
            for start, _, score in edges[end]:
                left -= math.exp(sums[start] + alpha * score - sums[end])
                if left < 0:
                    break
            tokens.append(word[start:end])
            end = start
        return tokens[::-1]

    def encode_ordinary(self, text: str) -> Encoding:
        """Cuts into words at spaces, and each into its most probable tokens."""
        ids: list[int] = []
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        at = (
            0 if text.startswith((" ", SPACE)) else -1
        )  # a `▁` put in front: Metaspace gives it (0, 1)
        for token, number in self._tokens(text):
            ids.append(number)
            tokens.append(token)
            offsets.append((max(at, 0), max(at + len(token), 1)))
            at += len(token)
        return Encoding(ids, tokens, offsets)

    def join_tokens(self, tokens: list[str]) -> str:
        """Joins, with a space for each `▁`, but none at the start."""
        first = "".join(tokens[:1]).replace(SPACE, "")
        return first + "".join(tokens[1:]).replace(SPACE, " ")

    def _tokens(self, text: str) -> Iterator[tuple[str, int]]:
        for word in metaspace_words(text):
            known = self._cache.get(word)
            if known is None:
                known = self._fuse(word, best_cut(self.lattice(word)))
                if len(self._cache) < CACHED_WORDS:
                    self._cache[word] = known
            yield from known

    def _fuse(self, word: str, cut: list[tuple[int, int]]) -> list[tuple[str, int]]:
        """Spells the tokens, unknown neighbours as one."""
        starts = [
            (start, number)
            for at, (start, number) in enumerate(cut)
            if not (at and number == self.unk_id == cut[at - 1][1])
        ]
        ends = [start for start, _ in starts[1:]] + [len(word)]
        return [
            (word[start:end], number) for (start, number), end in zip(starts, ends, strict=True)
        ]

    @staticmethod
    def _forward(edges: list[list[Edge]], alpha: float) -> list[float]:
        sums = [0.0]
        for ways in edges[1:]:
            sums.append(log_sum_exp([sums[start] + alpha * score for start, _, score in ways]))
        return sums
