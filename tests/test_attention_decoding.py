"""The warpers are Hugging Face's; beam search is exact with enough beams, and Hugging Face's with fewer."""

import itertools
import math

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from reference_impl.attention import (
    beam_search,
    generate,
    greedy,
    sample,
    temperature,
    top_k,
    top_p,
)


def rows():
    """Logits of many kinds: spread, flat, with ties, with closed tokens, of one token."""
    torch.manual_seed(3)
    yield from (torch.randn(5, 17) * scale for scale in (0.1, 1, 10, 100))
    yield torch.zeros(2, 7)
    yield torch.randint(3, (6, 11)).float()  # ties everywhere
    yield (
        torch.randn(4, 9)
        .masked_fill(torch.rand(4, 9) < 0.4, -math.inf)
        .index_fill(1, torch.tensor([2]), 0.5)
    )
    yield torch.randn(3, 1)
    yield torch.randn(9, 4).mT


@pytest.mark.parametrize("value", [0.1, 0.7, 1.0, 3.0])
def test_temperature_is_hugging_faces(value):
    for logits in rows():
        assert torch.equal(temperature(logits, value), TemperatureLogitsWarper(value)(None, logits))


@pytest.mark.parametrize("k", [1, 2, 5, 1000])
def test_top_k_is_hugging_faces(k):
    for logits in rows():
        assert torch.equal(top_k(logits, k), TopKLogitsWarper(k)(None, logits))


@pytest.mark.parametrize("p", [1e-9, 0.1, 0.5, 0.9, 0.999, 1.0])
def test_top_p_is_hugging_faces(p):
    for logits in rows():
        before = logits.clone()
        assert torch.equal(top_p(logits, p), TopPLogitsWarper(p)(None, logits))
        assert torch.equal(logits, before)


def test_top_p_keeps_the_fewest_that_hold_p():
    torch.manual_seed(0)
    for logits in torch.randn(50, 12, dtype=torch.float64):
        kept = top_p(logits, 0.8) > -math.inf
        probability = logits.softmax(-1)
        assert probability[kept].sum() >= 0.8
        assert probability[kept].sum() - probability[kept].min() < 0.8


def test_any_number_of_dimensions():
    logits = torch.randn(2, 3, 5)
    for warp in (lambda x: top_k(x, 2), lambda x: top_p(x, 0.6), lambda x: temperature(x, 2.0)):
        assert torch.equal(warp(logits)[1, 2], warp(logits[1, 2]))
    assert greedy(logits).shape == sample(logits).shape == (2, 3)
    assert torch.equal(sample(top_k(logits, 1)), greedy(logits))


def test_sample_draws_with_the_probabilities():
    generator = torch.Generator().manual_seed(0)
    probability = torch.tensor([0.5, 0.3, 0.2, 0.0])
    drawn = sample(probability.log().expand(40_000, 4), generator=generator)
    shares = drawn.bincount(minlength=4) / len(drawn)
    assert torch.allclose(shares, probability, atol=0.01)
    assert shares[3] == 0


def test_sample_repeats_with_a_seed():
    logits = torch.randn(4, 50)
    a, b = (sample(logits, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(a, b)


def model(seed=0, vocab=11):
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=vocab,
        n_positions=32,
        n_embd=16,
        n_layer=1,
        n_head=2,
        initializer_range=0.6,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=1,
    )
    return GPT2LMHeadModel(config).eval()


@torch.no_grad()
@pytest.mark.parametrize("seed", range(4))
def test_greedy_generation_is_hugging_faces(seed):
    gpt = model(seed)
    prompt = torch.randint(3, 11, (6, 3))
    theirs = gpt.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=9, do_sample=False
    )
    ours = generate(lambda ids: gpt(ids).logits[:, -1], prompt, 9, stop=2, pad=1)
    assert torch.equal(ours, theirs)


def test_generate_pads_finished_rows_and_ends_early():
    def count_up(ids):
        return torch.eye(6)[(ids[:, -1] + 1).clamp(max=5)]

    prompt = torch.tensor([[0], [3]])
    assert generate(count_up, prompt, 10, stop=5).tolist() == [
        [0, 1, 2, 3, 4, 5],
        [3, 4, 5, 5, 5, 5],
    ]
    assert generate(count_up, prompt, 2).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert torch.equal(generate(count_up, prompt, 0), prompt)


def markov(vocab, seed):
    """Log-probabilities from the last two tokens and the length, so that no two sequences tie."""
    torch.manual_seed(seed)
    table = (torch.randn(8, vocab, vocab, vocab, dtype=torch.float64) * 2).log_softmax(-1)
    return lambda ids: table[ids.shape[1], ids[:, -2], ids[:, -1]]


def brute_force(log_probs, start, steps, stop, penalty, vocab):
    """Every sequence that ends, or has `steps` new tokens, with its score; best first."""
    found = []
    for length in range(1, steps + 1):
        for new in itertools.product(range(vocab), repeat=length):
            if stop in new[:-1] or (new[-1] != stop and length < steps):
                continue
            ids = [*start, *new]
            total = sum(
                float(log_probs(torch.tensor([ids[:i]]))[0, ids[i]])
                for i in range(len(start), len(ids))
            )
            found.append((total / length**penalty, ids))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("penalty", [-0.5, 0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("stop", [0, None])
def test_beam_search_is_exact_with_enough_beams(penalty, stop):
    log_probs = markov(3, seed=int(10 * penalty) + 50)
    start = [1, 2]
    everything = brute_force(log_probs, start, 4, stop, penalty, 3)
    ours = beam_search(log_probs, torch.tensor(start), 3**4, 4, stop, penalty)
    assert [h.ids for h in ours] == [ids for _, ids in everything]
    assert [h.score for h in ours] == pytest.approx([score for score, _ in everything])


def test_one_beam_is_greedy_and_two_can_find_more():
    tree = torch.tensor([[0, 0.6, 0.4, 0], [0.4, 0.3, 0.3, 0], [0.9, 0.1, 0, 0], [1.0, 0, 0, 0]])
    one, two = (
        beam_search(lambda ids: tree.log()[ids[:, -1]], torch.tensor([0]), n, 2)[0] for n in (1, 2)
    )
    assert one.ids == [0, 1, 0]
    assert two.ids == [0, 2, 0]
    assert math.exp(2 * one.score) == pytest.approx(0.24)
    assert math.exp(2 * two.score) == pytest.approx(0.36)


@torch.no_grad()
@pytest.mark.parametrize("penalty", [-1.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("beams", [2, 3, 5])
def test_beam_search_is_hugging_faces(beams, penalty):
    for seed in range(6):
        gpt = model(seed)
        prompt = torch.randint(3, 11, (1, 3))
        theirs = gpt.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=7,
            num_beams=beams,
            num_return_sequences=beams,
            do_sample=False,
            early_stopping="never",
            length_penalty=penalty,
            output_scores=True,
            return_dict_in_generate=True,
        )
        ours = beam_search(
            lambda ids, gpt=gpt: gpt(ids).logits[:, -1].log_softmax(-1),
            prompt[0],
            beams,
            7,
            stop=2,
            length_penalty=penalty,
        )
        width = theirs.sequences.shape[1]
        padded = [h.ids + [1] * (width - len(h.ids)) for h in ours]
        assert padded == theirs.sequences.tolist()
        assert [h.score for h in ours] == pytest.approx(theirs.sequences_scores.tolist(), abs=1e-4)


def test_sequences_of_probability_zero_are_left_out():
    table = torch.tensor([[0.0, 1.0], [0.5, 0.5]]).log()
    found = beam_search(lambda ids: table[ids[:, -1]], torch.tensor([0]), 8, 2)
    assert sorted(h.ids for h in found) == [[0, 1, 0], [0, 1, 1]]


LOGITS = torch.zeros(2, 3)
START = torch.tensor([0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: temperature(LOGITS, 0.0), "finite temperature of more than 0, got 0"),
        (lambda: temperature(LOGITS, -1.0), "got -1.0"),
        (lambda: temperature(LOGITS, math.nan), "got nan"),
        (lambda: temperature(LOGITS, math.inf), "got inf"),
        (lambda: top_k(LOGITS, 0), "expected k of at least 1, got 0"),
        (lambda: top_p(LOGITS, 0.0), r"expected p in \(0, 1\], got 0"),
        (lambda: top_p(LOGITS, 1.1), "got 1.1"),
        (lambda: top_p(LOGITS, math.nan), "got nan"),
        (lambda: greedy(torch.zeros(2, 0)), r"vocab at least 1, got torch.float32 of shape \(2, 0"),
        (lambda: sample(LOGITS - math.inf), "finite maximum, got -inf in row 0"),
        (lambda: sample(torch.tensor([[0.0, 1], [0, math.nan]])), "got nan in row 1"),
        (lambda: sample(torch.tensor([[0.0, math.inf]])), "got inf in row 0"),
        (lambda: generate(lambda ids: LOGITS, START[None], -1), "at least 0, got -1"),
        (lambda: generate(lambda ids: LOGITS, START, 1), r"\(batch, length\).* of shape \(1,\)"),
        (lambda: generate(lambda ids: LOGITS, START[None].int(), 1), "got torch.int32"),
        (lambda: generate(lambda ids: LOGITS, START[None], 1), r"\(1, vocab\), got \(2, 3\)"),
        (lambda: generate(lambda ids: LOGITS[:1], START[None], 1, pad=0), "got pad=0 and stop"),
        (
            lambda: generate(lambda ids: LOGITS[:1], START[None], 1, choose=lambda x: x),
            r"token a row, \(1,\), got \(1, 3\)",
        ),
        (lambda: beam_search(lambda ids: LOGITS, START, 0, 1), "at least 1, got 0 and 1"),
        (lambda: beam_search(lambda ids: LOGITS, START, 1, 0), "at least 1, got 1 and 0"),
        (lambda: beam_search(lambda ids: LOGITS, START[None], 1, 1), r"\(length,\).*\(1, 1\)"),
        (lambda: beam_search(lambda ids: LOGITS, START, 1, 1), r"\(1, vocab\), got \(2, 3\)"),
        (lambda: beam_search(lambda ids: LOGITS[:1] + 1, START, 1, 1), "at most 0, got 1.0"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
