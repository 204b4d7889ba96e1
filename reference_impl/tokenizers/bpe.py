"""Byte-level BPE: the merges of a vocabulary, applied to text.

Sennrich et al., *Neural Machine Translation of Rare Words with Subword Units*, 2016
([arXiv:1508.07909](https://arxiv.org/abs/1508.07909), section 3.2), over bytes as in GPT-2. Merges
are applied in the order in which training made them, the leftmost place first.
"""

# --8<-- [start:bpe_imports]
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

# --8<-- [end:bpe_imports]
from reference_impl.tokenizers.byte_level import (
    byte_owners,
    from_byte_level,
    split_words,
    to_byte_level,
)
from reference_impl.tokenizers.encoding import Encoding, Tokenizer

__all__ = ["BytePairEncoding", "apply_merges"]

CACHED_WORDS = 1 << 16  # a cap, so that endless text does not fill the memory
CACHED_LENGTH = 256

Word = tuple[list[int], list[str], list[tuple[int, int]]]


# --8<-- [start:apply_merges]
def apply_merges(
    ids: Sequence[int], merges: Mapping[tuple[int, int], tuple[int, int]]
) -> list[tuple[int, int]]:
    """Merges neighbours until no pair of the table is left: the lowest rank first, then leftmost.

    Args:
        ids: The symbols of a word.
        merges: For a pair of ids the rank of its merge, and the id of the result.

    Returns:
        For each token its id, and how many of the symbols it covers.

    >>> apply_merges([0, 0, 1, 0, 0], {(0, 1): (0, 2), (0, 0): (1, 3), (0, 2): (2, 4)})
    [(4, 3), (3, 2)]
    """
    count = len(ids)
    symbols, lengths = list(ids), [1] * count  # the length of a symbol that is used up is 0
    heap = [(*merges[pair], at) for at, pair in enumerate(pairwise(ids)) if pair in merges]
    heapify(heap)
    starts = list(range(-1, count))  # starts[end]: where the symbol that stops before `end` begins
    while heap:
        _, new, left = heappop(heap)
        right = left + lengths[left]
        if lengths[left] == 0 or right == count:
            continue
        if merges.get((symbols[left], symbols[right]), (0, -1))[1] != new:
            continue  # one of the two has been merged with someone else meanwhile
        symbols[left], lengths[left] = new, lengths[left] + lengths[right]
        lengths[right] = 0
        end = left + lengths[left]
        starts[end] = left
        for a, b in ((starts[left], left), (left, end)):
            if a >= 0 and b < count and (symbols[a], symbols[b]) in merges:
                heappush(heap, (*merges[symbols[a], symbols[b]], a))
    return [(symbol, length) for symbol, length in zip(symbols, lengths, strict=True) if length]


# --8<-- [end:apply_merges]


class BytePairEncoding(Tokenizer):
    """Byte-level BPE with GPT-2's cutting into words, as in Hugging Face's `ByteLevelBPETokenizer`.

    Args:
        vocab: The id of each token, its bytes written as in `to_byte_level`.
        merges: Pairs of tokens, the first merge first.
        special_tokens: Tokens that are found in the text before anything else, and never split.
        unk_token: What a byte becomes that the vocabulary lacks. A vocabulary with all 256 bytes
            needs none.
        trim_offsets: Leave white space at the ends of a token out of its offsets.

    Raises:
        ValueError: If a merge needs or makes a token that `vocab` lacks, or `unk_token` is not in it.

    >>> tokenizer = BytePairEncoding({"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4},
    ...                              [("a", "b"), ("Ġ", "ab")])
    >>> tokenizer.encode("abba ab")
    Encoding(ids=[3, 1, 0, 4], tokens=['ab', 'b', 'a', 'Ġab'], offsets=[(0, 2), (2, 3), (3, 4), (4, 7)])
    >>> tokenizer.decode([4, 3])
    ' abab'
    >>> tokenizer.encode("abc")
    Traceback (most recent call last):
    ValueError: expected bytes of the vocabulary or an unk_token, got the byte 0x63 in 'abc'
    """

    def __init__(
        self,
        vocab: dict[str, int],
        merges: Iterable[tuple[str, str]],
        special_tokens: Sequence[str] = (),
        unk_token: str | None = None,
        trim_offsets: bool = False,
    ) -> None:
        super().__init__(vocab, special_tokens)
        if unk_token is not None and unk_token not in self.vocab:
            raise ValueError(f"expected an unk_token of the vocabulary, got {unk_token!r}")
        self.merges = [(left, right) for left, right in merges]
        self.unk_token = unk_token
        self.trim_offsets = trim_offsets
        self._merge_table: dict[tuple[int, int], tuple[int, int]] = {}
        for rank, (left, right) in enumerate(self.merges):
            for token in (left, right, left + right):
                if token not in self.vocab:
                    raise ValueError(
                        f"expected the tokens of merge {rank}, {left!r} + {right!r}, in the "
                        f"vocabulary, got none for {token!r}"
                    )
            pair = self.vocab[left], self.vocab[right]
            self._merge_table[pair] = rank, self.vocab[left + right]
        self._cache: dict[str, Word] = {}

    def encode_ordinary(self, text: str) -> Encoding:
        """Cuts into words, and encodes each; a word that has come before is looked up."""
        ids: list[int] = []
        tokens: list[str] = []
        offsets: list[tuple[int, int]] = []
        start = 0
        for word in split_words(text):
            known = self._cache.get(word) or self._encode_word(word)
            ids += known[0]
            tokens += known[1]
            offsets += [(a + start, b + start) for a, b in known[2]]
            start += len(word)
        return Encoding(ids, tokens, offsets)

    def encode_bytes(self, data: bytes) -> Encoding:
        """Encodes UTF-8; offsets count characters.

        Raises:
            ValueError: If the bytes are not UTF-8.

        >>> BytePairEncoding({"a": 0}, []).encode_bytes(b"aa" + bytes([255]))
        Traceback (most recent call last):
        ValueError: expected UTF-8, got the byte 0xff at position 2 (invalid start byte)
        """
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"expected UTF-8, got the byte 0x{data[error.start]:02x} at position "
                f"{error.start} ({error.reason})"
            ) from None
        return self.encode(text)

    def join_tokens(self, tokens: list[str]) -> str:
        """Joins bytes to text; what is not UTF-8 becomes U+FFFD."""
        return b"".join(map(from_byte_level, tokens)).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Gives the bytes of the ids, special tokens included, whether they are UTF-8 or not.

        Raises:
            IndexError: If an id is not in the vocabulary.

        >>> BytePairEncoding({"Ã": 0, "©": 1}, []).decode_bytes([0]).hex()
        'c3'
        """
        return b"".join(from_byte_level(self.id_to_token(number)) for number in ids)

    def _encode_word(self, word: str) -> Word:
        symbols = [self._symbol(char, word) for char in to_byte_level(word.encode())]
        owners = byte_owners(word)
        ids: list[int] = []
        tokens: list[str] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for number, length in apply_merges(symbols, self._merge_table):
            token = self._token_of_id[number]
            start, end = owners[at], owners[at + length - 1] + 1
            if self.trim_offsets:
                start = min(start + len(token) - len(token.lstrip("Ġ")), end)
                end = max(end - (len(token) - len(token.rstrip("Ġ"))), start)
            ids.append(number)
            tokens.append(token)
            spans.append((start, end))
            at += length
        known = ids, tokens, spans
        if len(word) <= CACHED_LENGTH and len(self._cache) < CACHED_WORDS:
            self._cache[word] = known
        return known

    def _symbol(self, char: str, word: str) -> int:
        if char in self.vocab:
            return self.vocab[char]
        if self.unk_token is None:
            byte = from_byte_level(char)[0]
            raise ValueError(
                f"expected bytes of the vocabulary or an unk_token, got the byte 0x{byte:02x} "
                f"in {word!r}"
            )
        return self.vocab[self.unk_token]
