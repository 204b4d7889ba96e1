"""What every tokenizer of this package gives and takes: `Encoding` and the base class `Tokenizer`.

`Tokenizer.encode` cuts the special tokens out of the text first, and hands what lies between them
to the algorithm. Offsets always point into the text that was given, in characters.
"""

import re
from abc import ABC, abstractmethod

# --8<-- [start:encoding_imports]
from collections.abc import Iterable, Iterator, Sequence

# --8<-- [end:encoding_imports]
from dataclasses import dataclass

__all__ = ["Encoding", "Tokenizer"]


@dataclass(frozen=True)
class Encoding:
    """A text as tokens.

    Attributes:
        ids: The number of each token in the vocabulary.
        tokens: The tokens as the vocabulary spells them.
        offsets: For each token the characters it came from: `text[start:end]`.

    >>> encoding = Encoding(ids=[5, 7], tokens=["un", "do"], offsets=[(0, 2), (2, 4)])
    >>> len(encoding), ["undo"[start:end] for start, end in encoding.offsets]
    (2, ['un', 'do'])
    """

    ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.ids)


class Tokenizer(ABC):
    """Text to ids and back: a vocabulary, special tokens, and an algorithm that a subclass adds.

    A subclass writes `encode_ordinary` and `join_tokens`. Special tokens are found in the raw text,
    the longest first where two begin at the same place, and are never split or normalised.

    Args:
        vocab: The id of each token. No two tokens may share an id.
        special_tokens: Tokens of the vocabulary that stand for themselves in a text.

    Raises:
        ValueError: If two tokens share an id, or a special token is empty or not in `vocab`.

    >>> class Letters(Tokenizer):
    ...     def encode_ordinary(self, text: str) -> Encoding:
    ...         spans = [(at, at + 1) for at in range(len(text))]
    ...         return Encoding([self.vocab[letter] for letter in text], list(text), spans)
    ...
    ...     def join_tokens(self, tokens: list[str]) -> str:
    ...         return "".join(tokens)
    >>> letters = Letters({"<end>": 0, "a": 1, "b": 2}, special_tokens=["<end>"])
    >>> letters.encode("ab<end>").ids, letters.encode("ab<end>").offsets[-1]
    ([1, 2, 0], (2, 7))
    >>> letters.decode([1, 2, 0]), letters.decode([1, 2, 0], skip_special_tokens=False)
    ('ab', 'ab<end>')
    """

    def __init__(self, vocab: dict[str, int], special_tokens: Sequence[str] = ()) -> None:
        self.vocab = dict(vocab)
        self.special_tokens = tuple(special_tokens)
        self._token_of_id = {number: token for token, number in self.vocab.items()}
        if len(self._token_of_id) != len(self.vocab):
            raise ValueError(
                f"expected one id per token, got {len(self.vocab)} tokens for "
                f"{len(self._token_of_id)} ids"
            )
        for token in self.special_tokens:
            if token == "" or token not in self.vocab:
                raise ValueError(
                    f"expected special tokens to be non-empty and in the vocabulary, got {token!r}"
                )
        longest_first = sorted(set(self.special_tokens), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @abstractmethod
    def encode_ordinary(self, text: str) -> Encoding:
        """Encodes a piece of text without special tokens; offsets count from its start."""

    @abstractmethod
    def join_tokens(self, tokens: list[str]) -> str:
        """Puts the text together again from tokens."""

    def encode(self, text: str) -> Encoding:
        """Cuts a text into tokens.

        Raises:
            ValueError: If the text holds half a surrogate pair, which no UTF-8 text can.
        """
        refuse_surrogates(text)
        ids: list[int] = []
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        for start, piece, is_special in self._pieces(text):
            if is_special:
                part = Encoding([self.vocab[piece]], [piece], [(0, len(piece))])
            else:
                part = self.encode_ordinary(piece)
            ids += part.ids
            tokens += part.tokens
            offsets += [(a + start, b + start) for a, b in part.offsets] if start else part.offsets
        return Encoding(ids, tokens, offsets)

    def decode(self, ids: Iterable[int], skip_special_tokens: bool = True) -> str:
        """Gives the text of the ids.

        Raises:
            IndexError: If an id is not in the vocabulary.
        """
        tokens = [self.id_to_token(number) for number in ids]
        if skip_special_tokens:
            special = set(self.special_tokens)
            tokens = [token for token in tokens if token not in special]
        return self.join_tokens(tokens)

    def id_to_token(self, number: int) -> str:
        """The token with this id.

        Raises:
            IndexError: If there is none.
        """
        try:
            return self._token_of_id[number]
        except KeyError:
            last = max(self._token_of_id, default=-1)
            raise IndexError(
                f"expected an id of the vocabulary, 0 to {last}, got {number}"
            ) from None

    # --8<-- [start:pieces]
    def _pieces(self, text: str) -> Iterator[tuple[int, str, bool]]:
        """The special tokens and what lies between: (start, piece, whether it is special)."""
        start = 0
        for match in self._special.finditer(text):
            if match.start() > start:
                yield start, text[start : match.start()], False
            yield match.start(), match.group(), True
            start = match.end()
        if start < len(text):
            yield start, text[start:], False

    # --8<-- [end:pieces]


def refuse_surrogates(text: str) -> None:
    """Raises `ValueError` if UTF-8 cannot encode the text: it holds half a surrogate pair.

    >>> refuse_surrogates("fine")
    >>> refuse_surrogates("half" + chr(0xD83D))
    Traceback (most recent call last):
    ValueError: expected text that UTF-8 can encode, got the surrogate U+D83D at position 4
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(
            f"expected text that UTF-8 can encode, got the surrogate U+{code:04X} "
            f"at position {error.start}"
        ) from None
