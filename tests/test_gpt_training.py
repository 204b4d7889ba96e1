"""Episodes, parameter counts, and the recorded runs of the chapter GPT."""

import json
import math
from pathlib import Path

import pytest
import torch

from benchmarks import gpt_english, gpt_in_context, gpt_norms
from reference_impl.attention import causal_mask, sliding_window_mask
from reference_impl.gpt import (
    GPT,
    Episodes,
    GPTConfig,
    best_accuracy,
    count_parameters,
    score_count,
    shot_accuracy,
    train_on_episodes,
)
from reference_impl.gpt.config import GPT2_SIZES, GPT3_SIZES
from reference_impl.gpt.english import english, task

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "snippets" / "gpt" / "figures"
PAGES = ROOT / "docs" / "gpt"
FAMILY = [GPTConfig.gpt1(), *map(GPTConfig.gpt2, GPT2_SIZES), *map(GPTConfig.gpt3, GPT3_SIZES)]


def rows(ids, family):
    """Episodes as lists: (rules or blanks), and pairs of noun and (noun, suffix)."""
    first_rule = family.nouns * (1 + family.suffixes)
    for row in ids.tolist():
        start, rest = row[: family.classes], row[family.classes :]
        pairs = [
            (noun, divmod(form - family.nouns, family.suffixes))
            for noun, form in zip(rest[::2], rest[1::2], strict=True)
        ]
        yield [i - first_rule for i in start], pairs


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("instructed", [0.0, 1.0])
def test_an_episode_follows_the_rules_of_its_language(new, instructed):
    family = Episodes(nouns=10, classes=3, suffixes=5, examples=9)
    ids = family.draw(200, torch.Generator().manual_seed(0), new=new, instructed=instructed)
    assert ids.shape == (200, 3 + 18)
    for rules, pairs in rows(ids, family):
        assert len({noun for noun, _ in pairs}) == 9
        suffix = {}
        for noun, (same, ending) in pairs:
            assert same == noun
            assert suffix.setdefault(noun % 3, ending) == ending
        if instructed:
            assert all(rules[kind] == kind * 5 + ending for kind, ending in suffix.items())
        else:
            assert rules == [15, 15, 15]  # the blank, behind the rules


def test_no_language_is_both_trained_and_held_out():
    family = Episodes(classes=3, suffixes=3)
    kinds = []
    for new in (False, True):
        ids = family.draw(3000, torch.Generator().manual_seed(0), new=new, instructed=1.0)
        kinds.append({tuple(start) for start, _ in rows(ids, family)})
    assert not kinds[0] & kinds[1]
    assert len(kinds[0] | kinds[1]) == 27


def test_the_bound_is_what_a_perfect_learner_reaches():
    family = Episodes(nouns=12, classes=3, suffixes=3, examples=6, held_out=1000)
    ids = family.draw(20_000, torch.Generator().manual_seed(0))
    right = torch.zeros(6)
    for _, pairs in rows(ids, family):
        seen = set()
        for k, (noun, _) in enumerate(pairs):
            right[k] += 1.0 if noun % 3 in seen else 1 / 3
            seen.add(noun % 3)
    torch.testing.assert_close(right / 20_000, best_accuracy(family), atol=0.01, rtol=0)


def test_the_recorded_accuracies_are_what_training_gives():
    data = json.loads((FIGURES / "in_context_shots.json").read_text())["accuracy"]
    best = best_accuracy(gpt_in_context.FAMILY)
    for old, new in zip(data["languages of training"], data["held-out languages"], strict=True):
        torch.testing.assert_close(torch.tensor(old), torch.tensor(new), atol=0.03, rtol=0)
        torch.testing.assert_close(torch.tensor(new), best, atol=0.03, rtol=0)
    model = train_on_episodes(gpt_in_context.FAMILY, 400)  # a smaller one
    accuracy = shot_accuracy(model, gpt_in_context.FAMILY, count=4000)
    torch.testing.assert_close(accuracy, best, atol=0.05, rtol=0)


def test_an_episodes_examples_are_all_that_the_model_learns_from():
    """With the examples of another language in front, it answers in that one."""
    family = Episodes()
    model = train_on_episodes(family, 300, seed=3)
    ids = family.draw(500, torch.Generator().manual_seed(0), new=True)
    noun = ids[:, -2]
    other = ids.roll(1, dims=0)
    other[:, -2] = noun
    with torch.no_grad():
        suffix = (model(other)[:, -2].argmax(-1) - family.nouns) % family.suffixes
    of_class = torch.full((500, family.classes), -1)
    for i, (_, pairs) in enumerate(rows(other[:, :-2], family)):
        for word, (_, ending) in pairs:
            of_class[i, word % family.classes] = ending
    wanted = of_class.gather(1, (noun % family.classes)[:, None])[:, 0]
    assert (suffix == wanted)[wanted >= 0].float().mean() > 0.9


@pytest.mark.parametrize("config", FAMILY)
def test_counted_parameters_are_those_of_the_module(config):
    with torch.device("meta"):
        model = GPT(config)
    counts = count_parameters(config)
    assert counts["total"] == sum(p.numel() for p in model.parameters())
    assert counts["tokens"] == model.tokens.weight.numel()
    blocks = [sum(p.numel() for p in b.attention.parameters()) for b in model.blocks]
    assert counts["attention"] == sum(blocks)


@pytest.mark.parametrize(("length", "band"), [(1, 1), (5, 2), (8, 3), (4, 9), (6, None)])
def test_counted_pairs_are_those_of_the_masks(length, band):
    config = GPTConfig(vocab=9, context=16, dim=8, layers=3, heads=2, band=band)
    dense = int(causal_mask(length).sum())
    banded = int(sliding_window_mask(length, window=band).sum()) if band else dense
    assert score_count(config, length) == 2 * (2 * dense + banded)


def test_the_recorded_losses_are_what_training_gives():
    data = json.loads((FIGURES / "norms_training.json").read_text())["loss"]
    for name in ("post-norm, 2 layers", "pre-norm, 24 layers"):
        again = gpt_norms.losses(**gpt_norms.RUNS[name], steps=20)
        assert again[0] == pytest.approx(data[name][0][0], abs=0.15)


def test_the_recorded_losses_say_what_the_page_says():
    data = json.loads((FIGURES / "norms_training.json").read_text())["loss"]
    counts = torch.bincount(task_bytes()).double()
    share = counts[counts > 0] / counts.sum()
    entropy = float(-(share * share.log()).sum())
    assert f"{entropy:.3f} nats" in (PAGES / "norms.md").read_text()
    for run in data["post-norm, 24 layers"]:
        assert sum(run[-5:]) / 5 == pytest.approx(entropy, abs=0.06)
    for run in data["post-norm, 24 layers, warm-up"]:
        assert min(run) < entropy - 0.15
        assert run[-1] > entropy - 0.08
    for run in data["pre-norm, 24 layers"] + data["post-norm, 2 layers"]:
        assert run[-1] < 2.7


def task_bytes():
    from reference_impl.train.characters import task

    return task(context=16, width=1).train_data.text.long()


def test_the_recorded_english_is_what_training_gives():
    data = json.loads((FIGURES / "generation_training.json").read_text())
    assert gpt_english.first_loss(20) == pytest.approx(data["loss"][0][1], abs=0.05)
    page = (PAGES / "generation.md").read_text()
    for text in data["texts"][1:]:
        assert text.strip() in page
    perplexity = math.exp(data["eval_loss"][-1][1])
    assert f"perplexity of {perplexity:.0f}" in page


def test_the_english_task_is_the_text_in_tokens():
    tokenizer, ids = english(300, 3000)
    made = task(context=16, vocab=300, dim=8, layers=1, max_characters=3000)
    cut = len(ids) * 9 // 10
    assert torch.equal(made.train_data[1], ids[16:33])
    assert torch.equal(made.eval_data[0], ids[cut : cut + 17])
    assert len(tokenizer.decode(ids.tolist())) == 3000
    batch = torch.stack([made.train_data[i] for i in (0, 2)])
    expected = made.model.loss(batch[:, :-1], batch[:, 1:]) * made.count(batch)
    torch.testing.assert_close(made.loss(made.model, batch), expected)
    with pytest.raises(TypeError, match="expected a GPT, got Linear"):
        made.loss(torch.nn.Linear(1, 1), batch)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Episodes(suffixes=1), "2 to 8 suffixes.*got 4, 1, 12 and 24"),
        (lambda: Episodes(examples=25), "examples <= nouns.*got 4, 4, 25 and 24"),
        (lambda: Episodes(held_out=1), "held_out of at least 2, got 1"),
        (lambda: best_accuracy(Episodes(classes=5)), "divide the nouns, got 5 and 24"),
    ],
)
def test_bad_families(call, words):
    with pytest.raises(ValueError, match=words):
        call()
