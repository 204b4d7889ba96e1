"""Counts against PyTorch's, fits against laws that are known, and slices of the recorded runs trained again."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from benchmarks import scaling_grid, scaling_knobs
from reference_impl.gpt import GPT, GPTConfig, count_parameters
from reference_impl.gpt.config import GPT2_SIZES
from reference_impl.scaling_laws import (
    HOFFMANN,
    REFITTED,
    Language,
    MuGPT,
    ParametricLoss,
    bootstrap,
    critical_batch,
    excess_loss,
    fit_parametric,
    fit_power_law,
    forward_flops,
    gradient_norms,
    isoflop_minimum,
    kaplan_loss,
    load_grid,
    matrix_parameters,
    measured_flops,
    mup_groups,
    noise_scale,
    plan,
    recorded,
    shape_for,
    small_gpt,
    train_run,
    training_flops,
)

RECORDED = Path(scaling_grid.DATA).parent
SIZES = [
    {"vocab": 50, "context": 16, "dim": 24, "layers": 1, "heads": 3},
    {"vocab": 7, "context": 9, "dim": 20, "layers": 3, "heads": 4, "head_dim": 6},
    {"vocab": 33, "context": 12, "dim": 16, "layers": 2, "heads": 2, "hidden": 40},
]


# Counts


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("rows", [1, 3])
def test_the_formula_counts_what_pytorch_counts(sizes, rows):
    config = GPTConfig(**sizes)
    for length in (1, 5, config.context):
        ids = torch.zeros(rows, length, dtype=torch.long)
        per_token = sum(forward_flops(config, length).values())
        assert measured_flops(GPT(config), ids, backward=False) == per_token * rows * length
        assert measured_flops(GPT(config), ids) == training_flops(config, length, rows * length)


@pytest.mark.parametrize("size", GPT2_SIZES)
def test_the_matrices_are_all_weights_of_two_dimensions_in_the_blocks(size):
    config = GPTConfig.gpt2(size)
    with torch.device("meta"):
        model = GPT(config)
    weights = [p.numel() for p in model.blocks.parameters() if p.ndim == 2]
    assert matrix_parameters(config) == sum(weights)
    rest = 13 * config.layers * config.dim + 2 * config.dim
    assert count_parameters(config)["total"] - sum(weights) == rest + config.dim * (50_257 + 1024)


def test_counts_that_make_no_sense_are_refused():
    config = GPTConfig(**SIZES[0])
    for length in (0, 17):
        with pytest.raises(ValueError, match=f"expected a length from 1 to 16, got {length}"):
            forward_flops(config, length)
    with pytest.raises(ValueError, match="expected a config without a band, got band 4"):
        forward_flops(config.change(band=4), 8)
    with pytest.raises(ValueError, match="expected at least 1 token, got 0"):
        training_flops(config, 8, tokens=0)


# The language


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.1, 0.2, 0.7), (0.2, 0.2, 0.3, 0.3)])
def test_the_entropies_are_those_of_counted_text(weights):
    language = Language(vocab=5, weights=weights, seed=3)
    text = language.sample(2000, 60, torch.Generator().manual_seed(0))
    order = language.order
    for known, expected in enumerate(language.entropies()):
        windows = text.unfold(1, known + 1, 1)[:, order - known :].reshape(-1, known + 1)
        code = (windows * 5 ** torch.arange(known, -1, -1)).sum(1)
        joint = torch.bincount(code, minlength=5 ** (known + 1)).double().view(-1, 5)
        joint /= joint.sum()
        given = joint / joint.sum(1, keepdim=True)
        assert -(torch.xlogy(joint, given)).nansum().item() == pytest.approx(expected, abs=0.01)
    falls = language.entropies()
    assert falls == sorted(falls, reverse=True)
    assert language.entropy_rate == falls[-1]


def test_a_step_leaves_the_stationary_distribution_as_it_is():
    language = Language()
    after = (language.stationary[..., None] * language.probs).sum(0)
    torch.testing.assert_close(after, language.stationary, atol=1e-14, rtol=0)
    torch.testing.assert_close(language.probs.sum(-1), torch.ones(24, 24, 24).double())
    assert language.stationary.sum().item() == pytest.approx(1)


def test_the_mean_loss_of_the_true_distribution_is_the_floor():
    language = Language()
    ids = language.sample(3000, 33, torch.Generator().manual_seed(1))
    probs = language.next_probs(ids[:, :-1])
    chosen = probs.gather(-1, ids[:, language.order :, None])
    assert -chosen.log().mean().item() == pytest.approx(language.entropy_rate, abs=0.01)


def test_the_same_seed_gives_the_same_language_and_text():
    one, two, other = Language(seed=1), Language(seed=1), Language(seed=2)
    assert torch.equal(one.probs, two.probs)
    assert not torch.equal(one.probs, other.probs)
    texts = [one.sample(4, 20, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*texts)
    assert one.sample(2, 3).shape == (2, 3)


def test_a_language_that_is_none_is_refused():
    with pytest.raises(ValueError, match="at least 2 tokens and 2 weights, got 1 and 2"):
        Language(vocab=1, weights=(0.5, 0.5))
    for weights in ((0.0, 1.0), (0.5, 0.6), (1.2, -0.2)):
        with pytest.raises(ValueError, match="expected weights above 0 that sum to 1"):
            Language(weights=weights)
    with pytest.raises(ValueError, match="at least 1 row of 3 tokens, got 1 of 2"):
        Language().sample(1, 2)
    with pytest.raises(ValueError, match=r"at least 3 tokens, got \(1, 2\)"):
        Language().next_probs(torch.zeros(1, 2, dtype=torch.long))


# Runs


def test_the_excess_loss_is_the_loss_minus_the_floor():
    language = Language()
    model = small_gpt(language, dim=16)
    excess = excess_loss(model, language, rows=2048)
    ids = language.sample(4096, 33, torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model(ids[:, :-1])[:, language.order - 1 :]
    loss = cross_entropy(logits.flatten(0, 1), ids[:, language.order :].flatten()).item()
    assert excess == pytest.approx(loss - language.entropy_rate, abs=0.03)


def test_a_model_that_is_the_language_lies_on_the_floor():
    language = Language(vocab=4, weights=(0.4, 0.6))

    class Oracle(GPT):
        def forward(self, ids, keep=None, caches=None):
            return language.next_probs(ids).log().float()

    config = GPTConfig(vocab=4, context=32, dim=8, layers=1, heads=1)
    assert abs(excess_loss(Oracle(config), language, rows=64)) < 1e-6


def test_runs_that_can_not_be_are_refused():
    language = Language()
    with pytest.raises(ValueError, match="a multiple of 8, got 12"):
        small_gpt(language, dim=12)
    with pytest.raises(ValueError, match="expected tokens for a batch of 1024, got 1023"):
        train_run(small_gpt(language, dim=8), language, tokens=1023)
    with pytest.raises(ValueError, match="at least 1 row and 1 batch, got 0 and 1"):
        gradient_norms(small_gpt(language, dim=8), language, rows=0, batches=1)


def test_a_new_model_does_not_touch_the_global_generator():
    before = torch.get_rng_state()
    small_gpt(Language(), dim=8, seed=3)
    assert torch.equal(torch.get_rng_state(), before)


# The maximal update parametrisation


def test_at_the_base_width_it_is_the_plain_model():
    language = Language()
    plain, mup = (small_gpt(language, 32, mup=mup) for mup in (False, True))
    ids = language.sample(2, 32, torch.Generator().manual_seed(0))
    assert torch.equal(plain(ids), mup(ids))
    assert {group["lr"] for group in mup.groups(0.01)} == {0.01}


@pytest.mark.parametrize("dim", [8, 64])
def test_start_output_and_rates_follow_the_width(dim):
    config = GPTConfig(vocab=9, context=8, dim=dim, layers=2, heads=1)
    torch.manual_seed(0)
    plain = GPT(config)
    torch.manual_seed(0)
    mup = MuGPT(config, base=32)
    ratio = dim / 32
    for name, weight in mup.named_parameters():
        scale = ratio**-0.5 if name.startswith("blocks.") and weight.ndim == 2 else 1
        torch.testing.assert_close(weight, plain.get_parameter(name) * scale)
    plain.load_state_dict(mup.state_dict())
    ids = torch.arange(8)[None]
    torch.testing.assert_close(mup(ids), plain(ids) / ratio)
    inner, rest = mup.groups(0.1)
    assert inner["lr"] == pytest.approx(0.1 / ratio)
    assert rest["lr"] == 0.1
    assert len(inner["params"]) == 2 * 4
    assert len(inner["params"]) + len(rest["params"]) == len(list(mup.parameters()))


def test_the_first_step_moves_logits_alike_at_all_widths():
    """What the rule is for: a step of Adam changes the output by an amount that width leaves alone."""
    language, moved = Language(), {}
    for mup in (True, False):
        for dim in (32, 256):
            model = small_gpt(language, dim, mup=mup)
            groups = model.groups(0.002) if mup else model.parameters()
            optimizer = torch.optim.Adam(groups, lr=0.002)
            ids = language.sample(16, 33, torch.Generator().manual_seed(0))
            before = model(ids[:, :-1])
            for _ in range(3):
                loss = cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            moved[mup, dim] = (model(ids[:, :-1]) - before).std().item()
    assert 0.5 < moved[True, 256] / moved[True, 32] < 2
    assert moved[False, 256] / moved[False, 32] > 3


def test_bad_widths_and_rates_are_refused():
    config = GPTConfig(vocab=9, context=8, dim=8, layers=1, heads=1)
    with pytest.raises(ValueError, match="a base width of at least 1, got 0"):
        MuGPT(config, base=0)
    with pytest.raises(ValueError, match=r"a rate and a ratio above 0, got 0\.0 and 1\.0"):
        mup_groups(GPT(config), 0.0, 1.0)


# Batches


def test_the_noise_scale_is_that_of_a_known_gradient():
    generator = torch.Generator().manual_seed(0)
    gradient, noise = torch.tensor([3.0, 4.0]), 2.0  # |G|^2 = 25, trace of the noise 2 * 4
    squares = {}
    for size in (2, 50):
        each = gradient + noise * torch.randn(20_000, size, 2, generator=generator)
        squares[size] = each.mean(1).square().sum(1).mean().item()
    assert noise_scale(2, squares[2], 50, squares[50]) == pytest.approx(8 / 25, rel=0.05)


def test_the_noise_scale_refuses_what_has_no_signal():
    for sizes in ((4, 4), (0, 2)):
        with pytest.raises(ValueError, match="expected 0 < small < big"):
            noise_scale(sizes[0], 2.0, sizes[1], 1.0)
    with pytest.raises(ValueError, match="average over more batches"):
        noise_scale(1, 4.0, 4, 1.0)


def test_the_critical_batch_is_found_again():
    batches = [4, 16, 64, 256]
    steps = [120 * (1 + 30 / b) for b in batches]
    assert critical_batch(batches, steps) == pytest.approx((30, 120))
    with pytest.raises(ValueError, match="two or more, got 1 and 1"):
        critical_batch([4], [100])
    with pytest.raises(ValueError, match="expected numbers above 0"):
        critical_batch([4, 8], [100, 0])
    with pytest.raises(ValueError, match="steps that fall towards a limit"):
        critical_batch([4, 8], [100, 200])


# Fits


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("known", [True, False])
def test_a_law_is_fitted_back(seed, known):
    random = np.random.default_rng(seed)
    true = ParametricLoss(
        floor=random.uniform(0.5, 2),
        a=random.uniform(5, 50),
        alpha=random.uniform(0.3, 0.7),
        b=random.uniform(50, 500),
        beta=random.uniform(0.3, 0.7),
    )
    cells = [(n, d) for n in np.geomspace(1e3, 1e6, 6) for d in np.geomspace(1e5, 1e8, 6)]
    losses = [true(n, d) for n, d in cells]
    fit = fit_parametric(*zip(*cells, strict=True), losses, floor=true.floor if known else None)
    assert fit.floor == pytest.approx(true.floor, abs=0.01)
    assert fit.alpha == pytest.approx(true.alpha, rel=0.03)
    assert fit.beta == pytest.approx(true.beta, rel=0.03)
    assert fit.size_exponent == pytest.approx(true.size_exponent, abs=0.01)


def test_an_outlier_hardly_moves_the_huber_fit():
    true = ParametricLoss(floor=1.0, a=20.0, alpha=0.5, b=100.0, beta=0.4)
    cells = [(n, d) for n in np.geomspace(1e3, 1e6, 5) for d in np.geomspace(1e5, 1e8, 5)]
    losses = [true(n, d) for n, d in cells]
    losses[7] *= 1.3
    fit = fit_parametric(*zip(*cells, strict=True), losses, floor=1.0)
    assert fit.alpha == pytest.approx(0.5, rel=0.02)


def test_fits_refuse_bad_data():
    cells = [(n, d) for n in (1e3, 1e4, 1e5) for d in (1e5, 1e6, 1e7)]
    n, d = zip(*cells, strict=True)
    good = [2.0 + 1e3 / x for x in n]
    with pytest.raises(ValueError, match=r"as many of each, got \{'sizes': 9, 'tokens': 9, 'lo"):
        fit_parametric(n, d, good[:-1])
    with pytest.raises(ValueError, match="expected at least 5 points, got 4"):
        fit_parametric(n[:4], d[:4], good[:4])
    with pytest.raises(ValueError, match="3 sizes and 3 amounts of text, got 2 and 3"):
        fit_parametric(n[:6], d[:6], good[:6])
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="expected losses above 0, got"):
            fit_parametric(n, d, [*good[:-1], bad])
    with pytest.raises(ValueError, match=r"a floor below all losses, the least 2.01, got 2.5"):
        fit_parametric(n, d, good, floor=2.5)
    with pytest.raises(ValueError, match="at least 2 points, got 1"):
        fit_power_law([1.0], [2.0])
    with pytest.raises(ValueError, match="expected different values of x"):
        fit_power_law([2.0, 2.0], [1.0, 3.0])
    with pytest.raises(
        ValueError, match="expected a bottom between sizes 1 and 3, got losses that are lowest at 1"
    ):
        isoflop_minimum([1, 2, 3], [1.0, 2.0, 1.0])


def test_the_isoflop_bottom_is_that_of_the_parabola():
    sizes = np.geomspace(1e3, 1e6, 7)
    losses = 2 + 0.1 * (np.log(sizes) - np.log(2e4)) ** 2
    assert isoflop_minimum(sizes, losses) == pytest.approx((2e4, 2.0))


def test_bootstrap_intervals_cover_as_often_as_they_say():
    random, hits = np.random.default_rng(0), 0
    for trial in range(60):
        sample = random.normal(5.0, 1.0, size=40)
        ((low, high),) = bootstrap(
            lambda rows, sample=sample: [sample[rows].mean()], 40, draws=200, seed=trial
        )
        hits += low <= 5.0 <= high
    assert 47 <= hits <= 59  # of 60 at 90 %


def test_bootstrap_draws_again_what_a_fit_refuses_and_gives_up_in_the_end():
    def picky(rows):
        if len(set(rows.tolist())) < 3:
            raise ValueError("too few")
        return [1.0]

    assert bootstrap(picky, points=4, draws=20) == [(1.0, 1.0)]
    with pytest.raises(ValueError, match="expected fits to most draws, got 0 of 50"):
        bootstrap(lambda rows: picky(rows[:1]), points=4, draws=5)
    with pytest.raises(ValueError, match=r"a level between 0 and 1, got 4, 5 and 1\.5"):
        bootstrap(picky, points=4, draws=5, level=1.5)


# The planner


@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_is_the_best_of_a_fine_grid(seed):
    random = np.random.default_rng(seed)
    law = ParametricLoss(1.0, *random.uniform([10, 0.2, 10, 0.2], [1e3, 0.9, 1e3, 0.9]))
    compute = 10 ** random.uniform(12, 22)
    size, tokens = law.optimum(compute)
    assert 6 * size * tokens == pytest.approx(compute)
    others = np.geomspace(size / 30, size * 30, 601)
    best = min(others, key=lambda n: law(n, compute / 6 / n))
    assert size == pytest.approx(best, rel=0.02)


@pytest.mark.parametrize("law", [HOFFMANN, REFITTED])
def test_the_three_ways_to_ask_agree(law):
    best = plan(law, compute=1e21)
    by_size = plan(law, compute=1e21, size=best.size)
    by_tokens = plan(law, compute=1e21, tokens=best.tokens)
    both = plan(law, size=best.size, tokens=best.tokens)
    for other in (by_size, by_tokens, both):
        assert other.loss == pytest.approx(best.loss)
        assert other.compute == pytest.approx(1e21)
        assert other.waste == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("factor", [0.05, 0.5, 3.0, 40.0])
def test_enough_compute_reaches_the_loss_and_less_does_not(factor):
    best = plan(REFITTED, compute=1e21)
    it = plan(REFITTED, compute=1e21, size=factor * best.size)
    assert it.loss > it.best_loss
    assert REFITTED(*REFITTED.optimum(it.enough)) == pytest.approx(it.loss)
    assert REFITTED(*REFITTED.optimum(0.99 * it.enough)) > it.loss
    assert 0 < it.waste < 1


def test_plans_refuse_what_they_can_not_use():
    for given in ({}, {"size": 1e9}, {"tokens": 1e9}):
        with pytest.raises(ValueError, match="expected the compute alone, or two of"):
            plan(REFITTED, **given)
    for value in (0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="expected compute to be a number above 0"):
            plan(REFITTED, compute=value)
    with pytest.raises(ValueError, match="expected compute above 0"):
        REFITTED.optimum(-1.0)
    with pytest.raises(ValueError, match="a size and tokens above 0, got 0 and 1"):
        kaplan_loss(0, 1)


@pytest.mark.parametrize("size", [1e6, 3e7, 85e6, 1e9, 13e9, 175e9])
def test_a_shape_has_about_the_size_and_the_aspect(size):
    config = shape_for(size, vocab=1000, context=64)
    assert matrix_parameters(config) == pytest.approx(size, rel=0.2)
    assert 30 < config.dim / config.layers < 130
    assert config.head_size == 64


def test_shapes_that_can_not_be_are_refused():
    with pytest.raises(ValueError, match="a size of at least 49152, one layer of one head of 64"):
        shape_for(49_000, vocab=10, context=10)
    with pytest.raises(ValueError, match="an aspect above 0, got 0"):
        shape_for(1e6, vocab=10, context=10, aspect=0)


def test_kaplans_law_keeps_the_gap_of_eight_to_five():
    gaps = [
        kaplan_loss(n, d) / kaplan_loss(n, 1e40) for n, d in ((1e8, 5e9), (8e8, 5e9 * 8**0.738))
    ]
    assert gaps[0] == pytest.approx(gaps[1], rel=1e-3)


# The recorded runs


def test_the_recorded_grid_is_complete_and_says_where_it_ran():
    data = recorded("grid")
    settings = [{k: run[k] for k in ("dim", "tokens", "seed")} for run in data["runs"]]
    assert settings == scaling_grid.cells()
    assert data["floor"] == pytest.approx(Language().entropy_rate, abs=1e-6)
    for name in ("grid", "rates", "batches", "shapes"):
        head = recorded(name)
        assert {"torch", "date", "runs"} <= set(head)
        assert json.loads((RECORDED / f"{name}.json").read_text()) == head
    with pytest.raises(ValueError, match="expected one of grid, rates, batches, shapes"):
        recorded("gird")


def test_the_grid_as_columns_is_the_grid():
    grid = load_grid()
    assert len(grid.sizes) == sum(run["seed"] == 0 for run in recorded("grid")["runs"])
    row = (grid.dims == 16) & (grid.tokens == 2**18)
    seeds = [
        run["excess"]
        for run in recorded("grid")["runs"]
        if run["dim"] == 16 and run["tokens"] == 2**18
    ]
    assert grid.excess[row].item() == pytest.approx(sum(seeds) / 2)
    assert grid.sizes[row].item() == 24 * 16**2
    assert set(grid.where(least_tokens=2**20).tokens) == {2**20, 2**21, 2**22, 2**23}
    with pytest.raises(ValueError, match="expected cells of at least 1000000000 weights"):
        grid.where(least_size=10**9)
    with pytest.raises(ValueError, match="expected compute above 0, got 0"):
        grid.isoflop(0)


def test_isoflop_losses_are_the_cells_where_the_budget_meets_one():
    grid = load_grid()
    i = next(j for j in range(len(grid.sizes)) if (grid.dims[j], grid.tokens[j]) == (32, 2**20))
    sizes, losses = grid.isoflop(6 * float(grid.sizes[i]) * float(grid.tokens[i]))
    assert losses[sizes == grid.sizes[i]].item() == pytest.approx(grid.losses[i])


@pytest.mark.slow
@pytest.mark.parametrize(("dim", "tokens", "seed"), [(8, 2**17, 0), (16, 2**17, 1), (16, 2**19, 0)])
def test_a_slice_of_the_grid_trained_again_agrees(dim, tokens, seed):
    (run,) = [
        run
        for run in recorded("grid")["runs"]
        if (run["dim"], run["tokens"], run["seed"]) == (dim, tokens, seed)
    ]
    assert scaling_grid.cell(dim, tokens, seed) == pytest.approx(run["excess"], abs=0.02)


@pytest.mark.slow
def test_a_slice_of_the_rates_trained_again_agrees():
    (run,) = [
        run
        for run in recorded("rates")["runs"]
        if (run["mup"], run["dim"], run["rate"]) == (False, 64, 0.032)
    ]
    assert scaling_knobs.rate_run(64, 0.032, mup=False) == pytest.approx(run["excess"], abs=0.04)


def test_a_slice_of_the_batches_trained_again_agrees():
    (run,) = [
        run for run in recorded("batches")["runs"] if (run["rows"], run["rate"]) == (64, 0.015839)
    ]
    steps = scaling_knobs.steps_to(scaling_knobs.TARGET, 64, run["rate"], most=400)
    assert steps == pytest.approx(run["steps"], rel=0.15)
