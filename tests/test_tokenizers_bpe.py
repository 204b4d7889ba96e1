"""Byte-level BPE of `reference_impl.tokenizers` against Hugging Face `tokenizers`."""

import json
import pydoc_data.topics
import unicodedata
from itertools import accumulate, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, ByteLevelBPETokenizer, pre_tokenizers, processors

from reference_impl.tokenizers.bpe import BytePairEncoding, apply_merges
from reference_impl.tokenizers.bpe_training import replace, train_bpe, train_bpe_slowly
from reference_impl.tokenizers.byte_level import (
    BYTE_TO_CHAR,
    byte_owners,
    from_byte_level,
    split_words,
    to_byte_level,
)
from reference_impl.tokenizers.encoding import Encoding, Tokenizer

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TOPICS = "\n".join(pydoc_data.topics.topics.values())
SAMPLE = (
    TOPICS[:60_000] + "The naïve café, 汉字汉字, Привет привет, 12 345 años 😀😀 किताब किताब. " * 20
)
SPECIAL = ["<|end|>", "<|", "[汉]"]

#: Without unassigned code points: `regex` knows newer letters than Hugging Face's tables do.
characters = st.characters(exclude_categories=["Cs", "Cn"])
texts = st.one_of(
    st.text(characters, max_size=40),
    st.text(st.sampled_from("  \n\té'sltvre1٣汉😀\u0301\u200d\u3000\xa0Ġa.!<|end>"), max_size=40),
    st.lists(st.sampled_from([*SPECIAL, " the", "class", " ", "汉", "'ll"]), max_size=8).map(
        "".join
    ),
)

AWKWARD = {
    "empty": "",
    "one space": " ",
    "only spaces": "     ",
    "all kinds of white space": " \t\n\r\x0b\x0c\x85\xa0\u1680\u2003\u2028\u3000 ",
    "spaces at both ends": "  the class  ",
    "combining marks alone": "\u0301\u0308 \u0301",
    "a letter with marks": "e\u0301 o\u0308\u0304",
    "emoji joined by ZWJ": "👩‍👩‍👧‍👦👍🏽🇫🇷",
    "Chinese": "敏捷的棕色狐狸\uff0c跳过懒狗。",
    "Arabic and Hindi": "مرحبا بالعالم नमस्ते दुनिया १२३",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "byte-order mark and private use": "\ufeff\ue000\U0010fffd",
    "contractions": "I'll they've it's 'S 'LL don't ''s",
    "numbers": "1234567890 3.14 1e-5 Ⅷ ½ ²",
    "a very long word": "supercalifragilistic" * 500,
    "a run of one letter": "a" * 5001,
    "characters of the byte table": "".join(BYTE_TO_CHAR),
    "special tokens": "<|end|><|end|> <|en <|[汉][汉",
}


def train_theirs(corpus, size, min_frequency=2, special=()):
    theirs = ByteLevelBPETokenizer()
    theirs.train_from_iterator(
        corpus, size, min_frequency, show_progress=False, special_tokens=list(special)
    )
    return theirs


@pytest.fixture(scope="module")
def both():
    """Ours and theirs, trained on the same text with the same settings."""
    ours = train_bpe([SAMPLE], 900, special_tokens=SPECIAL)
    return ours, train_theirs([SAMPLE], 900, special=SPECIAL)


def assert_same_encoding(ours, theirs, text):
    got, wanted = ours.encode(text), theirs.encode(text)
    assert (got.ids, got.tokens, got.offsets) == (wanted.ids, wanted.tokens, wanted.offsets)


def assert_same_training(corpus, size, min_frequency, special):
    model = json.loads(train_theirs(corpus, size, min_frequency, special).to_str())["model"]
    ours = train_bpe(corpus, size, min_frequency, special)
    assert ours.merges == [tuple(pair) for pair in model["merges"]]
    assert ours.vocab == model["vocab"]
    return ours


# Bytes and words


def test_the_byte_table_is_theirs():
    assert set(BYTE_TO_CHAR) == set(pre_tokenizers.ByteLevel.alphabet())
    assert from_byte_level("".join(BYTE_TO_CHAR)) == bytes(range(256))
    assert [to_byte_level(bytes([byte])) for byte in range(256)] == BYTE_TO_CHAR


def test_every_assigned_character_is_cut_like_theirs():
    theirs = pre_tokenizers.ByteLevel(add_prefix_space=False)
    known = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]
    for start in range(0, len(known), 1000):
        text = "".join(f"a1{char} b{char}2" for char in known[start : start + 1000])
        ends = accumulate(map(len, split_words(text)))
        assert list(ends) == [span[1] for _, span in theirs.pre_tokenize_str(text)], hex(start)


@many
@given(texts)
def test_words_put_together_are_the_text(text):
    assert "".join(split_words(text)) == text
    owners = byte_owners(text)
    assert "".join(text[owner] for owner in dict.fromkeys(owners)) == text
    assert len(owners) == len(text.encode())


# Training


@pytest.mark.parametrize("min_frequency", [0, 1, 2, 30])
@pytest.mark.parametrize("size", [259, 300, 1200])
def test_training_gives_their_vocabulary_and_merges(size, min_frequency):
    corpus = [SAMPLE[start : start + 5000] for start in range(0, 40_000, 5000)]
    assert_same_training(corpus, size, min_frequency, SPECIAL)


def test_training_on_the_whole_text_gives_theirs():
    ours = assert_same_training([TOPICS], 3000, 2, [])
    assert len(ours.vocab) == 3000


@many
@given(
    st.lists(st.text("ab ", max_size=25), max_size=6),
    st.integers(256, 290),
    st.integers(0, 3),
    st.sampled_from([[], ["<s>"], ["ab", "<s>", "a"], ["aa"]]),
)
def test_ties_and_runs_are_trained_like_theirs(corpus, size, min_frequency, special):
    size += 4
    ours = assert_same_training(corpus, size, min_frequency, special)
    assert ours == train_bpe_slowly(corpus, size, min_frequency, special)


@some
@given(st.lists(texts, max_size=4), st.integers(256, 300))
def test_training_on_any_text_gives_theirs(corpus, size):
    assert assert_same_training(corpus, size, 1, []) == train_bpe_slowly(corpus, size, 1)


def test_counts_kept_up_to_date_give_what_counting_again_gives():
    text = TOPICS[:30_000]
    fast, slow = train_bpe([text], 500), train_bpe_slowly([text], 500)
    assert fast == slow
    assert len(fast.merges) == 244
    assert fast.pair_visits * 15 < slow.pair_visits


def test_the_cost_grows_less_than_the_corpus():
    visits = [train_bpe([TOPICS[:size]], 600).pair_visits for size in (50_000, 200_000)]
    assert visits[0] < visits[1] < 4 * visits[0]


def test_training_stops_when_there_is_nothing_left_to_merge():
    trained = train_bpe(["ab"], 1000, min_frequency=1)
    assert trained.merges == [("a", "b")]
    assert train_bpe([], 1000).merges == []
    assert train_bpe_slowly([], 1000).merges == []


@pytest.mark.parametrize("train", [train_bpe, train_bpe_slowly])
def test_training_refuses(train):
    with pytest.raises(ValueError, match=r"at least 258, the 256 bytes and the .*, got 257"):
        train(["text"], 257, special_tokens=["<a>", "<b>"])
    with pytest.raises(ValueError, match="not empty, got ''"):
        train(["text"], 300, special_tokens=[""])
    with pytest.raises(ValueError, match=r"surrogate U\+D800 at position 1"):
        train(["a\ud800"], 300)
    with pytest.raises(TypeError, match="iterable of texts, got one str"):
        train("text", 300)


# Merging


def merge_slowly(ids, merges):
    """One merge after another: the lowest rank in the word, then the leftmost place."""
    symbols = [(number, 1) for number in ids]
    while True:
        found = [
            (merges[a, b], at)
            for at, ((a, _), (b, _)) in enumerate(pairwise(symbols))
            if (a, b) in merges
        ]
        if not found:
            return symbols
        (_, new), at = min(found)
        symbols[at : at + 2] = [(new, symbols[at][1] + symbols[at + 1][1])]


@many
@given(st.lists(st.integers(0, 2), max_size=30), st.data())
def test_merges_with_a_heap_equal_merges_one_by_one(ids, data):
    merges = {}
    for rank in range(data.draw(st.integers(0, 8))):
        pair = data.draw(st.tuples(st.integers(0, 2 + rank), st.integers(0, 2 + rank)))
        merges.setdefault(pair, (rank, 3 + rank))
    assert apply_merges(ids, merges) == merge_slowly(ids, merges)


@many
@given(st.lists(st.integers(0, 2), max_size=20))
def test_replace_leaves_no_pair_but_in_a_run(word):
    assert replace(word, (0, 1), 9).count(9) == sum(pair == (0, 1) for pair in pairwise(word))
    assert sum(2 if n == 9 else 1 for n in replace(word, (1, 1), 9)) == len(word)


# Encoding


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("trim", [False, True])
def test_awkward_texts_are_encoded_like_theirs(both, name, trim):
    trained, theirs = both
    theirs.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=trim)
    ours = trained.tokenizer(trim_offsets=trim)
    assert_same_encoding(ours, theirs, AWKWARD[name])
    assert ours.decode(ours.encode(AWKWARD[name]).ids, skip_special_tokens=False) == AWKWARD[name]


@many
@given(texts, st.booleans())
def test_random_texts_are_encoded_like_theirs(both, text, trim):
    trained, theirs = both
    theirs.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=trim)
    ours = trained.tokenizer(trim_offsets=trim)
    assert_same_encoding(ours, theirs, text)
    assert_same_encoding(ours, theirs, text + text)  # a second time from the cache


def test_the_whole_text_is_encoded_like_theirs(both):
    trained, theirs = both
    theirs.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False)
    ours = trained.tokenizer()
    assert_same_encoding(ours, theirs, TOPICS)
    assert ours.decode(ours.encode(TOPICS).ids) == TOPICS


@many
@given(texts)
def test_offsets_name_the_text_of_each_token(text):
    tokenizer = BytePairEncoding({char: at for at, char in enumerate(BYTE_TO_CHAR)}, [])
    encoding = tokenizer.encode(text)
    assert len(encoding) == len(text.encode())
    for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True):
        assert end == start + 1
        assert from_byte_level(token) in text[start:end].encode()


def test_words_past_the_limits_of_the_cache_are_encoded_all_the_same(both, monkeypatch):
    trained, theirs = both
    theirs.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False)
    monkeypatch.setattr("reference_impl.tokenizers.bpe.CACHED_WORDS", 2)
    ours = trained.tokenizer()
    assert_same_encoding(ours, theirs, TOPICS[:2000])
    assert len(ours._cache) == 2


def test_an_unknown_byte_becomes_the_unk_token():
    vocab = {"<unk>": 0, "a": 1, "b": 2, "ab": 3}
    tokenizer = BytePairEncoding(vocab, [("a", "b")], unk_token="<unk>")
    theirs = ByteLevelBPETokenizer(vocab, [("a", "b")])
    theirs._tokenizer.model.unk_token = "<unk>"
    assert_same_encoding(tokenizer, theirs, "ab汉ba")
    assert tokenizer.encode("ab汉").ids == [3, 0, 0, 0]


def test_an_unknown_byte_without_unk_token_is_refused_not_dropped():
    vocab = {"a": 1, "b": 2}
    assert ByteLevelBPETokenizer(vocab, []).encode("a c").tokens == ["a"]
    with pytest.raises(ValueError, match=r"or an unk_token, got the byte 0x20 in ' c'"):
        BytePairEncoding(vocab, []).encode("a c")


def test_what_is_not_utf8_is_refused():
    tokenizer = train_bpe([], 256).tokenizer()
    assert tokenizer.encode_bytes("né".encode()) == tokenizer.encode("né")
    with pytest.raises(ValueError, match=r"expected UTF-8, got the byte 0xc3 at position 1 \(unex"):
        tokenizer.encode_bytes(b"n\xc3")
    with pytest.raises(ValueError, match=r"expected text .*, got the surrogate U\+D83D at posit"):
        tokenizer.encode("n\ud83d")


# Decoding


@many
@given(st.binary(max_size=40))
def test_any_bytes_come_back_and_their_text_is_replaced_like_theirs(both, data):
    trained, theirs = both
    ours = trained.tokenizer()
    ids = [ours.vocab[BYTE_TO_CHAR[byte]] for byte in data]
    assert ours.decode_bytes(ids) == data
    assert ours.decode(ids) == data.decode(errors="replace") == theirs.decode(ids)


@many
@given(st.lists(st.integers(0, 899), max_size=20), st.booleans())
def test_any_ids_are_decoded_like_theirs(both, ids, skip):
    trained, theirs = both
    ours = trained.tokenizer()
    assert ours.decode(ids, skip) == theirs.decode(ids, skip)


def test_a_token_outside_the_byte_table_is_decoded_as_theirs():
    theirs = ByteLevelBPETokenizer({"a": 0, "汉a": 1}, [])
    theirs._tokenizer.add_special_tokens([AddedToken("汉a", special=True)])
    assert BytePairEncoding({"a": 0, "汉a": 1}, []).decode([1, 0]) == "汉aa"
    assert theirs.decode([1, 0], skip_special_tokens=False) == "汉aa"


@pytest.mark.parametrize("number", [256, -1])
def test_an_id_out_of_range_is_refused(number):
    tokenizer = train_bpe([], 256).tokenizer()
    for decode in (tokenizer.decode, tokenizer.decode_bytes):
        with pytest.raises(IndexError, match=rf"of the vocabulary, 0 to 255, got {number}"):
            decode([0, number])


# What the classes refuse


def test_a_vocabulary_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one id per token, got 2 tokens for 1 ids"):
        BytePairEncoding({"a": 0, "b": 0}, [])
    with pytest.raises(ValueError, match="in the vocabulary, got '<s>'"):
        BytePairEncoding({"a": 0}, [], special_tokens=["<s>"])
    with pytest.raises(ValueError, match="non-empty and in the vocabulary, got ''"):
        BytePairEncoding({"": 0}, [], special_tokens=[""])
    with pytest.raises(ValueError, match="unk_token of the vocabulary, got '<unk>'"):
        BytePairEncoding({"a": 0}, [], unk_token="<unk>")
    with pytest.raises(
        ValueError, match=r"merge 0, 'a' \+ 'b', in the vocabulary, got none for 'ab'"
    ):
        BytePairEncoding({"a": 0, "b": 1}, [("a", "b")])


def test_a_tokenizer_needs_its_two_methods():
    with pytest.raises(TypeError, match="abstract"):
        Tokenizer({})
    assert len(Encoding([1], ["a"], [(0, 1)])) == 1
