"""What BERT does to a text before WordPiece: clean it, fold case and accents, cut it into words.

Devlin et al., *BERT*, 2019 ([arXiv:1810.04805](https://arxiv.org/abs/1810.04805)); the steps are
those of `BasicTokenizer` in [google-research/bert](https://github.com/google-research/bert). Each
character of the result remembers which character of the text it came from.
"""

# --8<-- [start:normalise_imports]
import unicodedata
from dataclasses import dataclass

# --8<-- [end:normalise_imports]

__all__ = ["NormalisedText", "bert_normalise", "bert_words"]

#: Unicode's property White_Space. `str.isspace` also takes U+001C to U+001F.
WHITE_SPACE = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),  # BERT's own code begins at 0x2B820; Hugging Face's does not
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@dataclass(frozen=True)
class NormalisedText:
    """A text after normalisation, with the way back.

    Attributes:
        text: The normalised text.
        owners: For each character of it, the index in the original text of where it came from.

    >>> NormalisedText(text="ab", owners=[0, 2]).span(0, 2)
    (0, 3)
    """

    text: str
    owners: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original text of the normalised characters `start` to `end`."""
        return self.owners[start], self.owners[end - 1] + 1


def bert_normalise(
    text: str, lowercase: bool = True, strip_accents: bool | None = None
) -> NormalisedText:
    r"""Normalises as BERT does.

    Control characters are dropped, all white space becomes a space, each Chinese character gets
    spaces around it; then accents are stripped and letters lowercased, one character at a time.

    Args:
        text: Any text.
        lowercase: Whether the model is "uncased".
        strip_accents: Whether to drop accents; by default if, and only if, `lowercase`.

    >>> normalised = bert_normalise("Émile\t東京")
    >>> normalised.text, normalised.owners
    ('emile  東  京 ', [0, 1, 2, 3, 4, 5, 6, 6, 6, 7, 7, 7])
    """
    if strip_accents is None:
        strip_accents = lowercase
    if text.isascii() and text.isprintable():
        return NormalisedText(text.lower() if lowercase else text, list(range(len(text))))
    pairs = _clean(text)
    if strip_accents:
        pairs = _strip_accents(pairs)
    if lowercase:
        pairs = [(low, at) for char, at in pairs for low in char.lower()]
    return NormalisedText("".join(char for char, _ in pairs), [at for _, at in pairs])


def _clean(text: str) -> list[tuple[str, int]]:
    pairs = []
    for at, char in enumerate(text):
        if char in WHITE_SPACE and (char in "\t\n\r" or unicodedata.category(char) != "Cc"):
            pairs.append((" ", at))
        elif is_chinese(char):
            pairs += [(" ", at), (char, at), (" ", at)]
        elif char != "\ufffd" and unicodedata.category(char) not in ("Cc", "Cf", "Co"):
            pairs.append((char, at))
    return pairs


def _strip_accents(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    owners = [at for char, at in pairs for _ in unicodedata.normalize("NFD", char)]
    whole = unicodedata.normalize("NFD", "".join(char for char, _ in pairs))
    return [
        (char, at)
        for char, at in zip(whole, owners, strict=True)
        if unicodedata.category(char) != "Mn"
    ]


def is_chinese(char: str) -> bool:
    """Whether BERT sets the character apart: Chinese characters, also where they write Japanese.

    >>> is_chinese("東"), is_chinese("ト")
    (True, False)
    """
    code = ord(char)
    return code >= 0x3400 and any(first <= code <= last for first, last in CHINESE)


# --8<-- [start:is_punctuation]
def is_punctuation(char: str) -> bool:
    """Whether BERT cuts the character off: Unicode's punctuation, and all ASCII symbols.

    >>> [is_punctuation(char) for char in "-$€"]
    [True, True, False]
    """
    return unicodedata.category(char)[0] == "P" or (
        char.isascii() and char.isprintable() and not char.isalnum() and char != " "
    )


# --8<-- [end:is_punctuation]


def bert_words(text: str) -> list[tuple[int, int]]:
    """Cuts a text at white space and around each punctuation character.

    Returns:
        The start and the end of each word. White space belongs to none.

    >>> [("don't stop!")[start:end] for start, end in bert_words("don't stop!")]
    ['don', "'", 't', 'stop', '!']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for at, char in enumerate(text):
        alone = not char.isalnum() and is_punctuation(char)
        if alone or char in WHITE_SPACE:
            if start < at:
                spans.append((start, at))
            if alone:
                spans.append((at, at + 1))
            start = at + 1
    if start < len(text):
        spans.append((start, len(text)))
    return spans
