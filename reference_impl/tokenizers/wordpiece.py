"""WordPiece as BERT uses it: in each word the longest token that fits, again and again.

Wu et al., *Google's Neural Machine Translation System*, 2016
([arXiv:1609.08144](https://arxiv.org/abs/1609.08144), section 4.1); greedy longest match first is
that of `WordpieceTokenizer` in [google-research/bert](https://github.com/google-research/bert).
"""

from collections.abc import Sequence
from pathlib import Path

from reference_impl.tokenizers.encoding import Encoding, Tokenizer
from reference_impl.tokenizers.normalise import bert_normalise, bert_words

__all__ = ["WordPiece", "load_vocab", "longest_match", "save_vocab"]

CACHED_WORDS = 1 << 16
GLUED = (".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re")
BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


# --8<-- [start:longest_match]
def longest_match(word: str, vocab: dict[str, int], prefix: str = "##") -> list[str] | None:
    """Cuts a word into tokens: the longest that fits at the start, then the same with the rest.

    Args:
        word: A word without spaces.
        vocab: The tokens; one that continues a word begins with `prefix`.
        prefix: The mark of a token inside a word.

    Returns:
        The tokens, or `None` if at some place no token fits. Nothing is tried again then.

    >>> vocab = {"un": 0, "##affable": 1, "##aff": 2, "##able": 3}
    >>> longest_match("unaffable", vocab), longest_match("unaffordable", vocab)
    (['un', '##affable'], None)
    """
    tokens = []
    start = 0
    while start < len(word):
        mark = prefix if start else ""
        for end in range(len(word), start, -1):
            token = mark + word[start:end]
            if token in vocab:
                break
        else:
            return None
        tokens.append(token)
        start = end
    return tokens


# --8<-- [end:longest_match]


class WordPiece(Tokenizer):
    """BERT's tokenizer: its normaliser, its words, and greedy longest match in each word.

    Equal to `BertTokenizerFast` of Hugging Face: ids, tokens, offsets and decoded text.

    Args:
        vocab: The id of each token.
        special_tokens: Tokens that are found in the raw text; by default those of BERT's five
            that `vocab` has.
        unk_token: What a word becomes that cannot be spelt. It need not be in `vocab`; then such
            a word is an error.
        lowercase: Whether the vocabulary is "uncased".
        strip_accents: Whether to drop accents; by default if, and only if, `lowercase`.
        max_word_length: A longer word, in characters, becomes `unk_token`.
        prefix: The mark of a token inside a word.
        clean_up: Whether `decode` takes out the space before `.`, `,`, `?`, `!`, `n't`, `'s` and
            the like.

    Raises:
        ValueError: If `vocab` is empty or `max_word_length` is below 1.

    >>> tokenizer = WordPiece({"[UNK]": 0, "walk": 1, "##ing": 2, ",": 3})
    >>> tokenizer.encode("Walking, running")
    Encoding(ids=[1, 2, 3, 0], tokens=['walk', '##ing', ',', '[UNK]'], offsets=[(0, 4), (4, 7), (7, 8), (9, 16)])
    >>> tokenizer.decode([1, 2, 3, 1])
    'walking, walk'
    """

    def __init__(
        self,
        vocab: dict[str, int],
        special_tokens: Sequence[str] | None = None,
        unk_token: str = "[UNK]",  # noqa: S107 - a token of the vocabulary, no secret
        lowercase: bool = True,
        strip_accents: bool | None = None,
        max_word_length: int = 100,
        prefix: str = "##",
        clean_up: bool = True,
    ) -> None:
        if not vocab:
            raise ValueError("expected a vocab with at least one token, got none")
        if max_word_length < 1:
            raise ValueError(f"expected a max_word_length of at least 1, got {max_word_length}")
        if special_tokens is None:
            special_tokens = [token for token in BERT_SPECIAL if token in vocab]
        super().__init__(vocab, special_tokens)
        self.unk_token = unk_token
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.max_word_length = max_word_length
        self.prefix = prefix
        self.clean_up = clean_up
        self._cache: dict[str, tuple[list[str], list[int]]] = {}

    def encode_ordinary(self, text: str) -> Encoding:
        """Normalises, cuts into words, and each word into tokens."""
        normalised = bert_normalise(text, self.lowercase, self.strip_accents)
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        for start, end in bert_words(normalised.text):
            pieces, lengths = self._encode_word(normalised.text[start:end])
            tokens += pieces
            for length in lengths:
                offsets.append(normalised.span(start, start + length))
                start += length
        return Encoding([self.vocab[token] for token in tokens], tokens, offsets)

    def encode_for_model(self, text: str, pair: str | None = None) -> tuple[Encoding, list[int]]:
        """Adds `[CLS]` and `[SEP]` as BERT wants them: `[CLS] text [SEP]`, then `pair [SEP]`.

        Returns:
            The encoding and the type id of each token: 0 for the first part, 1 for the second.
            Special tokens have the offsets (0, 0). Those of `pair` point into `pair`.

        Raises:
            ValueError: If the vocabulary lacks `[CLS]` or `[SEP]`.

        >>> tokenizer = WordPiece({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "yes": 3, "no": 4})
        >>> encoding, type_ids = tokenizer.encode_for_model("yes", "no")
        >>> encoding.tokens, type_ids
        (['[CLS]', 'yes', '[SEP]', 'no', '[SEP]'], [0, 0, 0, 1, 1])
        """
        missing = [token for token in ("[CLS]", "[SEP]") if token not in self.vocab]
        if missing:
            raise ValueError(f"expected [CLS] and [SEP] in the vocabulary, got no {missing[0]}")
        start, stop = (
            Encoding([self.vocab[token]], [token], [(0, 0)]) for token in ("[CLS]", "[SEP]")
        )
        first = [start, self.encode(text), stop]
        second = [] if pair is None else [self.encode(pair), stop]
        parts = first + second
        encoding = Encoding(
            [number for part in parts for number in part.ids],
            [token for part in parts for token in part.tokens],
            [span for part in parts for span in part.offsets],
        )
        return encoding, [0] * sum(map(len, first)) + [1] * sum(map(len, second))

    # --8<-- [start:join_tokens]
    def join_tokens(self, tokens: list[str]) -> str:
        """Glues what begins with the prefix; puts a space before everything else."""
        text = "".join(tokens[:1])
        for token in tokens[1:]:
            if token.startswith(self.prefix):
                text += token[len(self.prefix) :]
            elif self.clean_up and token.startswith(GLUED):
                text += token
            else:
                text += " " + token
        return text

    # --8<-- [end:join_tokens]

    def _encode_word(self, word: str) -> tuple[list[str], list[int]]:
        if word in self._cache:
            return self._cache[word]
        tokens = None
        if len(word) <= self.max_word_length:
            tokens = longest_match(word, self.vocab, self.prefix)
        if tokens is None:
            if self.unk_token not in self.vocab:
                raise ValueError(
                    f"expected a word that the vocabulary can spell, or {self.unk_token!r} in the "
                    f"vocabulary, got {word!r}"
                )
            known = [self.unk_token], [len(word)]
        else:
            marks = [0] + [len(self.prefix)] * (len(tokens) - 1)
            known = tokens, [len(token) - m for token, m in zip(tokens, marks, strict=True)]
        if len(self._cache) < CACHED_WORDS:
            self._cache[word] = known
        return known


def load_vocab(path: str | Path) -> dict[str, int]:
    """Reads a `vocab.txt`: one token a line, its id is the number of the line.

    Raises:
        ValueError: If the file is empty, or a token stands in it twice.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_vocab({"[UNK]": 0, "the": 1}, f"{folder}/vocab.txt")
    ...     load_vocab(f"{folder}/vocab.txt")
    {'[UNK]': 0, 'the': 1}
    """
    # Not `splitlines`: a token may be one of the rarer line ends, such as U+2028.
    lines = Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    tokens = [line.rstrip("\r") for line in lines]
    if tokens == [""]:
        raise ValueError(f"expected one token a line in {path}, got an empty file")
    vocab: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if token in vocab:
            raise ValueError(
                f"expected each token once in {path}, got {token!r} in lines "
                f"{vocab[token] + 1} and {number + 1}"
            )
        vocab[token] = number
    return vocab


def save_vocab(vocab: dict[str, int], path: str | Path) -> None:
    """Writes a `vocab.txt`.

    Raises:
        ValueError: If the ids are not 0, 1, 2, ... without a gap, or a token holds a line end.

    >>> save_vocab({"the": 7}, "vocab.txt")
    Traceback (most recent call last):
    ValueError: expected the ids 0 to 0, one line each, got 7
    """
    tokens = sorted(vocab, key=vocab.__getitem__)
    for number, token in enumerate(tokens):
        if vocab[token] != number:
            raise ValueError(
                f"expected the ids 0 to {len(vocab) - 1}, one line each, got {vocab[token]}"
            )
        if "\n" in token or "\r" in token:
            raise ValueError(f"expected tokens without line ends, got {token!r}")
    Path(path).write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
