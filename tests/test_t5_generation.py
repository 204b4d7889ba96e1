"""What is generated is Hugging Face's, greedy and by beam search, and is the same with and without a cache."""

import pytest
import torch
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration as TheirT5

from reference_impl.attention import beam_search as search_one
from reference_impl.attention import generate, sample
from reference_impl.t5 import (
    T5,
    DecoderCache,
    T5Config,
    beam_search,
    load_hugging_face,
    shift_right,
)

VERSIONS = {"1.0": {"gated": False, "tied": True}, "1.1": {"gated": True, "tied": False}}


def pair(version, seed):
    """Hugging Face's model with random weights, and ours with the same."""
    torch.manual_seed(seed)
    heads = 1 + seed % 4
    config = T5Config(
        vocab=23, dim=20, head_dim=6, heads=heads, hidden=28, layers=2, decoder_layers=2,
        buckets=8, max_distance=11, dropout=0.0, **VERSIONS[version],
    )  # fmt: skip  # a list reads as a list
    theirs = TheirT5(TheirConfig(**config.to_hugging_face())).eval()
    if not config.tied:
        theirs.lm_head.weight = torch.nn.Parameter(torch.randn(23, 20) * 0.4)
        theirs.config.tie_word_embeddings = False
    ours = T5(config).eval()
    load_hugging_face(ours, theirs.state_dict())
    return theirs, ours


def sources(seed=0):
    torch.manual_seed(seed)
    source = torch.randint(2, 23, (3, 9))
    mask = torch.ones_like(source)
    mask[1, 5:] = 0
    mask[2, :3] = 0
    return source, mask


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("seed", range(5))
def test_greedy_is_hugging_faces(version, seed):
    theirs, ours = pair(version, seed)
    source, mask = sources(seed)
    for length in (1, 20):
        expected = theirs.generate(
            source, attention_mask=mask, max_new_tokens=length, do_sample=False
        )
        assert torch.equal(ours.generate(source, length, mask), expected)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("early_stopping", [True, False, "never"])
@pytest.mark.parametrize("length_penalty", [-1.0, 0.0, 1.0, 2.0])
def test_beam_search_is_hugging_faces(version, early_stopping, length_penalty):
    for seed in range(3):
        theirs, ours = pair(version, seed)
        source, mask = sources(seed)
        for beams in (1, 2, 5) if seed == 0 else (3,):
            if beams == 1:
                continue  # Hugging Face then does greedy
            expected = theirs.generate(
                source, attention_mask=mask, max_new_tokens=7, num_beams=beams,
                num_return_sequences=beams, do_sample=False, early_stopping=early_stopping,
                length_penalty=length_penalty, output_scores=True, return_dict_in_generate=True,
            )  # fmt: skip  # a list reads as a list
            found = ours.beam_search(source, beams, 7, mask, length_penalty, early_stopping)
            mine = [one for row in found for one in row]
            assert len(mine) == len(expected.sequences)
            for one, ids in zip(mine, expected.sequences.tolist(), strict=True):
                # Filler is 1 there: their code says `pad or eos`, and a pad of 0 counts as none.
                assert one.ids + [1] * (len(ids) - len(one.ids)) == ids
            scores = [one.score for one in mine]
            assert scores == pytest.approx(expected.sequences_scores.tolist(), abs=1e-3)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("length_penalty", [-1.0, 0.0, 1.0])
def test_never_is_the_search_of_the_attention_chapter(version, length_penalty):
    _, ours = pair(version, 3)
    source, _ = sources()
    found = ours.beam_search(source, 3, 6, None, length_penalty, "never")
    with torch.no_grad():
        for row, mine in zip(source, found, strict=True):
            memory, mask = ours.encode(row[None])

            def log_probs(ids, memory=memory, mask=mask):
                rows = memory.expand(len(ids), -1, -1)
                return ours.decode(ids, rows, mask)[:, -1].log_softmax(-1)

            expected = search_one(log_probs, torch.tensor([0]), 3, 6, 1, length_penalty)
            assert [one.ids for one in mine] == [one.ids for one in expected]
            scores = [one.score for one in mine]
            assert scores == pytest.approx([one.score for one in expected], abs=1e-4)


def test_one_beam_is_greedy():
    _, ours = pair("1.0", 1)
    source, mask = sources()
    greedy = ours.generate(source, 8, mask).tolist()
    for ids, found in zip(greedy, ours.beam_search(source, 1, 8, mask), strict=True):
        assert found[0].ids + [0] * (len(ids) - len(found[0].ids)) == ids


@pytest.mark.parametrize("version", VERSIONS)
def test_steps_with_the_cache_are_the_forward_without(version):
    _, ours = pair(version, 2)
    source, mask = sources()
    target = shift_right(torch.randint(2, 23, (3, 15)))
    with torch.no_grad():
        memory, real = ours.encode(source, mask)
        cache = DecoderCache(ours, memory, real, capacity=15)
        steps = torch.stack([cache.step(target[:, i]) for i in range(15)], dim=1)
        torch.testing.assert_close(steps, ours.decode(target, memory, real), atol=1e-5, rtol=1e-4)
    with (
        pytest.raises(ValueError, match=r"at most 15 tokens in all, got 15 \+ 1 new"),
        torch.no_grad(),
    ):
        cache.step(target[:, 0])


def test_generation_with_the_cache_is_generation_without():
    _, ours = pair("1.1", 4)
    source, mask = sources()
    with torch.no_grad():
        memory, real = ours.encode(source, mask)
        start = torch.zeros(3, 1, dtype=torch.long)
        plain = generate(lambda ids: ours.decode(ids, memory, real)[:, -1], start, 9, stop=1, pad=0)
    assert torch.equal(ours.generate(source, 9, mask), plain)


def test_beams_read_one_cache_of_the_source():
    _, ours = pair("1.0", 0)
    source, _ = sources()
    with torch.no_grad():
        one, five = (DecoderCache(ours, *ours.encode(source), 4, beams) for beams in (1, 5))
    assert one.source_bytes == five.source_bytes == 2 * 2 * 3 * 9 * 6 * 4
    assert five.target_bytes == 5 * one.target_bytes


def test_reorder_moves_rows_of_the_target_only():
    _, ours = pair("1.0", 1)
    source, mask = sources()
    with torch.no_grad():
        memory, real = ours.encode(source, mask)
        cache = DecoderCache(ours, memory, real, capacity=3, beams=2)
        first = torch.tensor([3, 4, 5, 6, 7, 8])
        cache.step(first)
        rows = torch.tensor([1, 1, 2, 3, 5, 4])
        cache.reorder(rows)
        after = cache.step(torch.full((6,), 9))
        target = torch.stack((first[rows], torch.full((6,), 9)), dim=1)
        twice = memory.repeat_interleave(2, 0), real.repeat_interleave(2, 0)
        torch.testing.assert_close(after, ours.decode(target, *twice)[:, -1], atol=1e-5, rtol=1e-4)


def test_what_is_generated_may_serve_in_training():
    _, ours = pair("1.0", 2)
    source, _ = sources()
    made = ours.generate(source, 5)
    assert not made.is_inference()
    ours.loss(source, made).backward()


def test_sampling_with_a_generator_repeats():
    _, ours = pair("1.0", 2)
    source, _ = sources()
    drawn = [
        ours.generate(source, 8, choose=lambda logits, g=g: sample(logits, g))
        for g in (torch.Generator().manual_seed(5), torch.Generator().manual_seed(5))
    ]
    assert torch.equal(*drawn)
    assert torch.equal(ours.generate(source, 0), torch.zeros(3, 1, dtype=torch.long))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ours, ids: ours.generate(ids, -1), "max_new_tokens of at least 0, got -1"),
        (lambda ours, ids: ours.generate(ids[0], 1), r"source ids .* got \(9,\)"),
        (lambda ours, ids: ours.beam_search(ids, 0, 1), "at least 1, got 0 and 1"),
        (lambda ours, ids: ours.beam_search(ids, 1, 0), "at least 1, got 1 and 0"),
        (
            lambda ours, ids: ours.beam_search(ids, 1, 1, early_stopping="always"),
            "True, False or 'never', got 'always'",
        ),
    ],
)
def test_bad_input(call, words):
    _, ours = pair("1.0", 0)
    with pytest.raises(ValueError, match=words):
        call(ours, sources()[0])


def test_a_search_wants_an_empty_cache():
    _, ours = pair("1.0", 0)
    with torch.no_grad():
        cache = DecoderCache(ours, *ours.encode(sources()[0]), 4)
        cache.step(torch.zeros(3, dtype=torch.long))
        with pytest.raises(ValueError, match="empty cache, got one with 1 tokens"):
            beam_search(cache, 0, 1)
