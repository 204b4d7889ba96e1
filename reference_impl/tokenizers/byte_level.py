"""Bytes as letters, and text cut into words: the two things GPT-2 does before any merge.

The table and the pattern are those of `encoder.py` in
[openai/gpt-2](https://github.com/openai/gpt-2/blob/master/src/encoder.py).
"""

from itertools import chain

import regex

__all__ = ["BYTE_TO_CHAR", "CHAR_TO_BYTE", "from_byte_level", "split_words", "to_byte_level"]

PATTERN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


# --8<-- [start:byte_table]
def byte_table() -> list[str]:
    r"""Gives each of the 256 bytes a printable character; the printable ones keep their own.

    >>> table = byte_table()
    >>> table[ord("A")], table[ord(" ")], table[ord("\n")], len(set(table))
    ('A', 'Ġ', 'Ċ', 256)
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return [
        chr(byte) if byte in printable else chr(0x100 + others.index(byte)) for byte in range(256)
    ]


# --8<-- [end:byte_table]

BYTE_TO_CHAR = byte_table()
CHAR_TO_BYTE = {char: byte for byte, char in enumerate(BYTE_TO_CHAR)}


def to_byte_level(data: bytes) -> str:
    """Writes bytes as characters, one each.

    >>> to_byte_level(" né".encode())
    'ĠnÃ©'
    """
    return "".join([BYTE_TO_CHAR[byte] for byte in data])


def from_byte_level(token: str) -> bytes:
    """Gives the bytes that a token stands for; a token with other characters is taken as text.

    >>> from_byte_level("ĠnÃ©").decode()
    ' né'
    >>> from_byte_level("汉").decode()
    '汉'
    """
    try:
        return bytes([CHAR_TO_BYTE[char] for char in token])
    except KeyError:
        return token.encode()


def split_words(text: str) -> list[str]:
    """Cuts a text with GPT-2's pattern: a word takes the one space before it along.

    Nothing is lost: the pieces put together are the text.

    >>> split_words("I'll pay  20 yen!")
    ['I', "'ll", ' pay', ' ', ' 20', ' yen', '!']
    """
    words: list[str] = PATTERN.findall(text)
    return words


def byte_owners(word: str) -> list[int]:
    """For each byte of the word in UTF-8 the character that it belongs to.

    >>> byte_owners("né!")
    [0, 1, 1, 2]
    """
    if word.isascii():
        return list(range(len(word)))
    return list(chain.from_iterable([at] * len(char.encode()) for at, char in enumerate(word)))
