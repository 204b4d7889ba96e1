"""Unigram of `reference_impl.tokenizers` against Hugging Face `tokenizers` and against enumeration."""

import json
import math
import pydoc_data.topics
import random
from collections import Counter
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as Theirs

from reference_impl.tokenizers.unigram import Unigram, best_cut, log_sum_exp, metaspace_words
from reference_impl.tokenizers.unigram_training import digamma, seed_pieces, train_unigram

TOPICS = list(pydoc_data.topics.topics.values())
TEXT = "\n".join(TOPICS)
many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def theirs_with(vocab: list[tuple[str, float]], unk_id: int | None = 0) -> Theirs:
    tokenizer = Theirs(models.Unigram(vocab, unk_id=unk_id))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


@cache
def trained_by_them(size: int = 2000, texts: int = len(TOPICS)) -> Theirs:
    tokenizer = theirs_with([("<unk>", 0.0)])
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TOPICS[:texts], trainer)
    return tokenizer


def pieces_of(tokenizer: Theirs) -> list[tuple[str, float]]:
    return [(token, score) for token, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


@cache
def pair() -> tuple[Unigram, Theirs]:
    theirs = trained_by_them()
    return Unigram(pieces_of(theirs), 0, ["<unk>", "<s>"]), theirs


def same(ours: Unigram, theirs: Theirs, text: str) -> None:
    a, b = ours.encode(text), theirs.encode(text)
    assert (a.ids, a.tokens, a.offsets) == (b.ids, b.tokens, b.offsets)
    assert ours.decode(a.ids) == theirs.decode(b.ids)


AWKWARD = {
    "empty": "",
    "one space": " ",
    "spaces": "   a  b   ",
    "no space in front": "the class",
    "other white space": "\t\n\x0b\r\x85\xa0\u2003\u3000",
    "accents alone": "\u0301\u0308 \u0301",
    "Chinese": "敏捷的棕色狐狸\uff0c跳过 the 懒狗。",
    "emoji": "👩‍👩‍👧‍👦👍🏽🇫🇷 a😀😀b",
    "control characters": "".join(map(chr, range(32))) + "\x7f",
    "the mark itself": "▁the▁ ▁▁a",
    "special tokens": "<s>the<unk> <s> class<s",
    "a long word": "supercalifragilistic" * 100,
    "a run of one letter": "a" * 1001,
    "mixed case": "TypeError typeerror TYPEERROR",
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_text_is_cut_as_by_hugging_face(name):
    same(*pair(), AWKWARD[name])


@many
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        st.text(st.sampled_from("  \n▁theclassobjdf_()'汉😀\u0301"), max_size=40),
        st.lists(st.sampled_from([" the", "class", "<unk>", "<s>", " ", "汉"]), max_size=9).map(
            "".join
        ),
    )
)
def test_random_text_is_cut_as_by_hugging_face(text):
    same(*pair(), text)


def test_the_text_of_the_standard_library_is_cut_as_by_hugging_face():
    same(*pair(), TEXT)


@many
@given(
    st.dictionaries(
        st.text("ab▁", min_size=1, max_size=3),
        st.floats(-20, -0.1),
        min_size=1,
        max_size=12,
    ),
    st.text("abc ", max_size=14),
)
def test_random_vocabularies_cut_as_by_hugging_face(scores, text):
    vocab = [("<unk>", -1.0), *scores.items()]
    same(Unigram(vocab), theirs_with(vocab), text)


def test_special_tokens_may_be_given_apart():
    vocab = [("<unk>", 0.0), ("<end>", 0.0), ("▁", -1.0), ("a", -2.0), ("▁a", -2.5)]
    theirs = theirs_with(vocab)
    theirs.add_special_tokens([AddedToken("<end>", normalized=False)])
    same(Unigram(vocab, 0, ["<end>"]), theirs, "a<end>a <end> a")


# --- all cuts, by enumeration ---

WORD = "▁formation"


def all_cuts(model: Unigram, word: str) -> dict[tuple[str, ...], float]:
    """Every cut of the word into tokens, with its score."""
    if not word:
        return {(): 0.0}
    return {
        (token, *rest): score + others
        for token, score in model.pieces
        if word.startswith(token)
        for rest, others in all_cuts(model, word[len(token) :]).items()
    }


def test_n_best_are_the_best_of_all_cuts():
    model = pair()[0]
    cuts = sorted(all_cuts(model, WORD).items(), key=lambda cut: -cut[1])
    best = model.n_best(WORD, 1000)
    assert len(best) == len(cuts) > 5
    assert {tuple(tokens) for tokens, _ in best} == set(dict(cuts))
    assert [score for _, score in best] == pytest.approx([score for _, score in cuts])
    assert model.segment(WORD) == best[0][0] == model.n_best(WORD, 1)[0][0]


@pytest.mark.parametrize("alpha", [0.0, 0.2, 1.0, 3.0])
def test_sums_and_samples_follow_the_distribution_of_all_cuts(alpha):
    model = pair()[0]
    cuts = all_cuts(model, WORD)
    weights = {cut: math.exp(alpha * score) for cut, score in cuts.items()}
    total = sum(weights.values())
    assert model.log_likelihood(WORD, alpha) == pytest.approx(math.log(total))
    rng = random.Random(0)
    draws = 4000
    seen = Counter(tuple(model.sample(WORD, alpha, rng)) for _ in range(draws))
    assert set(seen) <= set(cuts)
    for cut, weight in weights.items():
        share = weight / total
        deviation = math.sqrt(share * (1 - share) / draws)
        assert abs(seen[cut] / draws - share) <= 4.5 * deviation + 1 / draws


def test_a_sample_is_a_cut_of_the_word_and_alpha_makes_it_the_best():
    model = pair()[0]
    rng = random.Random(1)
    for word in ("▁documentation", "▁汉😀x", "▁", ""):
        assert "".join(model.sample(word, 0.1, rng)) == word
    assert model.sample("▁documentation", 500.0, rng) == model.segment("▁documentation")
    random.seed(3)
    first = [model.sample(WORD, 0.1) for _ in range(20)]
    random.seed(3)
    assert first == [model.sample(WORD, 0.1) for _ in range(20)]


def test_best_cut_prefers_the_longer_last_token_where_scores_are_equal():
    edges = [[], [(0, 0, -1.0)], [(0, 1, -2.0), (1, 0, -1.0)]]
    assert best_cut(edges) == [(0, 1)]
    assert best_cut([[]]) == []


def test_log_sum_exp_does_not_overflow():
    assert log_sum_exp([1e4, 1e4]) == pytest.approx(1e4 + math.log(2))
    assert log_sum_exp([-1e4]) == -1e4


# --- training ---


def agreement(ours: Unigram, theirs: Theirs) -> float:
    """The share of the words of the corpus, each as often as it occurs, that are cut the same."""
    words = Counter(word for text in TOPICS for word in metaspace_words(text))
    equal = sum(
        count
        for word, count in words.items()
        if ours.segment(word) == [token.value for token in theirs.model.tokenize(word)]
    )
    return equal / words.total()


def test_training_gives_the_tokens_of_hugging_face_and_cuts_999_of_1000_words_the_same():
    """What is left differs between two trainings of theirs too.

    Their trainer goes through words and rare characters in the order of a hash map, new each time.
    Sums are rounded otherwise, and the lowest scores, which lie 0.0001 apart, are given to the rare
    characters in another order. It shows in runs of signs such as `=====`, with many equal cuts.
    """
    theirs = trained_by_them()
    trained = train_unigram(TOPICS, 2000, ["<unk>", "<s>"])
    ours = dict(trained.tokenizer.pieces)
    expected = dict(pieces_of(theirs))
    assert set(ours) == set(expected)
    rare = 0.0001 * len(set(TEXT))
    assert max(abs(ours[token] - expected[token]) for token in ours) <= rare
    assert agreement(trained.tokenizer, theirs) >= 0.999


@pytest.mark.parametrize("size", [300, 900, 100_000])
def test_training_on_less_gives_the_same_tokens(size):
    theirs = trained_by_them(size, texts=6)
    trained = train_unigram(TOPICS[:6], size, ["<unk>", "<s>"])
    assert set(dict(trained.tokenizer.pieces)) == set(dict(pieces_of(theirs)))


def test_the_likelihood_rises_within_a_pair_of_iterations_and_pruning_lowers_it():
    history = train_unigram(TOPICS[:6], 300).history
    first, second = history[2::2], history[3::2]
    assert all(a[1] < b[1] for a, b in zip(first, second, strict=True))
    assert all(b[1] > a[1] for b, a in zip(second, first[1:], strict=False))


@some
@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=12), st.integers(1, 3), min_size=1, max_size=6
    )
)
def test_seeds_are_the_repeats_that_two_different_characters_follow(words):
    flat = "".join(f"{word}\0" for word in words)
    parts = {
        flat[i:j] for i in range(len(flat)) for j in range(i + 2, i + 17) if "\0" not in flat[i:j]
    }
    followers = {
        part: {flat[i + len(part)] for i in range(len(flat)) if flat.startswith(part, i)}
        for part in parts
    }
    seeds = [token for token, _ in seed_pieces(words)]
    assert {token for token in seeds if len(token) > 1} == {
        part for part in parts if len(followers[part]) > 1
    }
    assert {token for token in seeds if len(token) == 1} == set("".join(words))
    assert math.fsum(math.exp(score) for _, score in seed_pieces(words)) == pytest.approx(1)


def test_digamma_is_that_of_torch():
    values = np.array([0.5, 1.0, 2.5, 7.0, 1e3, 1e6])
    expected = torch.digamma(torch.tensor(values, dtype=torch.float64)).numpy()
    assert digamma(values) == pytest.approx(expected, abs=1e-8)


def test_the_unknown_token_comes_first_if_it_is_none_of_the_special_ones():
    tokenizer = train_unigram(["ab ab abc"], 12, ["<s>"], unk_token="[?]").tokenizer
    assert [token for token, _ in tokenizer.pieces[:2]] == ["[?]", "<s>"]
    assert tokenizer.unk_id == 0


# --- bad input ---

A = [("a", -1.0)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Unigram([]), "at least one token, got none"),
        (lambda: Unigram([("a", math.nan)]), "got 'a' with nan for id 0"),
        (lambda: Unigram([("a", -math.inf)]), "got 'a' with -inf"),
        (lambda: Unigram([("", -1.0)]), "not empty"),
        (lambda: Unigram([*A, *A]), "got 2 pieces with 1 tokens"),
        (lambda: Unigram(A, unk_id=1), "unk_id to be None or 0 to 0, got 1"),
        (lambda: Unigram(A, unk_id=None).encode("ab"), "an unk_id, got '▁' in '▁ab'"),
        (lambda: Unigram(A).n_best("a", 0), "at least 1, got 0"),
        (lambda: Unigram(A).sample("a", alpha=-0.5), "not negative, got -0.5"),
        (lambda: Unigram(A).sample("a", alpha=math.nan), "got nan"),
        (lambda: Unigram(A).encode("\ud800"), r"surrogate U\+D800"),
        (lambda: train_unigram([""], 9), "at least one word, got none"),
        (lambda: train_unigram(["abc"], 4), "at least 5, .*got 4"),
        (lambda: train_unigram(["abc"], 9, shrinking_factor=1.0), "between 0 and 1, got 1.0"),
        (lambda: train_unigram(["abc"], 9, sub_iterations=0), "at least 1, got 0"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words) as raised:
        call()
    assert "expected" in str(raised.value)


def test_a_single_text_is_no_corpus():
    with pytest.raises(TypeError, match="got one str"):
        train_unigram("abc", 60)


def test_an_unknown_id_is_named():
    with pytest.raises(IndexError, match="0 to 0, got 5"):
        Unigram(A).decode([5])
