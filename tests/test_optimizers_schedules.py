"""Schedules of `reference_impl.optimizers` against `torch.optim.lr_scheduler`, rate by rate."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as torch_sched

import reference_impl.optimizers as ours

STEPS = 120
BASES = (0.5, 0.02)


def optimizer(library=torch.optim):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in BASES]
    return library.SGD(groups)


def rates(stepper, scheduler, steps=STEPS):
    """The rate of each group in each step."""
    result = []
    for _ in range(steps):
        result.append([group["lr"] for group in stepper.param_groups])
        stepper.step()
        scheduler.step()
    return result


def compare(schedule, build, steps=STEPS):
    theirs = optimizer()
    expected = rates(theirs, build(theirs), steps)
    for library in (ours, torch.optim):
        mine = optimizer(library)
        got = rates(mine, ours.Scheduler(mine, schedule), steps)
        for a, b in zip(got, expected, strict=True):
            assert a == pytest.approx(b, rel=1e-9, abs=1e-12)


counts = st.integers(1, 40)
gammas = st.sampled_from([0.1, 0.5, 0.97])
factors = st.floats(0.01, 1.0)
few = settings(max_examples=10, deadline=None)


@few
@given(every=counts, gamma=gammas)
def test_step(every, gamma):
    compare(ours.step_decay(every, gamma), lambda o: torch_sched.StepLR(o, every, gamma))


@few
@given(milestones=st.lists(st.integers(1, STEPS), max_size=5), gamma=gammas)
def test_multi_step(milestones, gamma):
    compare(
        ours.multi_step_decay(milestones, gamma),
        lambda o: torch_sched.MultiStepLR(o, sorted(milestones), gamma),
    )


@few
@given(gamma=st.sampled_from([0.9, 0.99]))
def test_exponential(gamma):
    compare(ours.exponential(gamma), lambda o: torch_sched.ExponentialLR(o, gamma))


@few
@given(factor=factors, steps=counts)
def test_constant(factor, steps):
    compare(ours.constant(factor, steps), lambda o: torch_sched.ConstantLR(o, factor, steps))


@few
@given(start=factors, end=st.floats(0.0, 1.0), steps=counts)
def test_linear(start, end, steps):
    compare(ours.linear(start, end, steps), lambda o: torch_sched.LinearLR(o, start, end, steps))


@few
@given(steps=counts, power=st.sampled_from([0.5, 1.0, 2.0]))
def test_polynomial(steps, power):
    compare(ours.polynomial(steps, power), lambda o: torch_sched.PolynomialLR(o, steps, power))


@few
@given(steps=counts, minimum=st.sampled_from([0.0, 0.001]))
def test_cosine_and_its_way_up_again(steps, minimum):
    compare(ours.cosine(steps, minimum), lambda o: torch_sched.CosineAnnealingLR(o, steps, minimum))


@few
@given(first=counts, multiply=st.integers(1, 3), minimum=st.sampled_from([0.0, 0.001]))
def test_warm_restarts(first, multiply, minimum):
    compare(
        ours.warm_restarts(first, multiply, minimum),
        lambda o: torch_sched.CosineAnnealingWarmRestarts(o, first, multiply, minimum),
    )


@few
@given(half=counts)
def test_triangular(half):
    compare(
        ours.triangular(half, 1.0),
        lambda o: torch_sched.CyclicLR(
            o, list(BASES), 1.0, step_size_up=half, cycle_momentum=False
        ),
    )


@few
@given(
    total=st.integers(10, STEPS),
    rise=st.sampled_from([0.2, 0.3, 0.5]),
    anneal=st.sampled_from(["cos", "linear"]),
    divisors=st.tuples(st.sampled_from([2.0, 25.0]), st.sampled_from([1.0, 1e4])),
)
def test_one_cycle(total, rise, anneal, divisors):
    compare(
        ours.one_cycle(total, rise, *divisors, anneal=anneal),
        lambda o: torch_sched.OneCycleLR(
            o, list(BASES), total, pct_start=rise, anneal_strategy=anneal, cycle_momentum=False,
            div_factor=divisors[0], final_div_factor=divisors[1],
        ),
        steps=total,
    )  # fmt: skip  # the options of one scheduler


@few
@given(warmup=counts, rest=counts, start=factors)
def test_warmup_cosine(warmup, rest, start):
    def build(o):
        parts = [
            torch_sched.LinearLR(o, start, 1.0, warmup),
            torch_sched.CosineAnnealingLR(o, rest),
        ]
        return torch_sched.SequentialLR(o, parts, [warmup])

    compare(ours.warmup_cosine(warmup, warmup + rest, start_factor=start), build, warmup + rest)
    held = ours.warmup_cosine(warmup, warmup + rest, minimum=0.1)
    assert held(10 * STEPS, 1.0) == pytest.approx(0.1)


@few
@given(warmup=counts, stable=counts, down=counts, start=factors, end=st.sampled_from([0.0, 0.1]))
def test_warmup_stable_decay(warmup, stable, down, start, end):
    def build(o):
        parts = [
            torch_sched.LinearLR(o, start, 1.0, warmup),
            torch_sched.ConstantLR(o, 1.0),
            torch_sched.LinearLR(o, 1.0, end, down),
        ]
        return torch_sched.SequentialLR(o, parts, [warmup, warmup + stable])

    compare(ours.warmup_stable_decay(warmup, stable, down, start, end), build)


PIECES = {
    "step": (ours.step_decay(7, 0.5), lambda o: torch_sched.StepLR(o, 7, 0.5)),
    "exponential": (ours.exponential(0.97), lambda o: torch_sched.ExponentialLR(o, 0.97)),
    "constant": (ours.constant(0.3, 20), lambda o: torch_sched.ConstantLR(o, 0.3, 20)),
    "linear": (ours.linear(0.2, 0.9, 15), lambda o: torch_sched.LinearLR(o, 0.2, 0.9, 15)),
    "multi": (
        ours.multi_step_decay([5, 9], 0.5),
        lambda o: torch_sched.MultiStepLR(o, [5, 9], 0.5),
    ),
}
pieces = st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=4)


@few
@given(names=pieces)
def test_chained(names):
    compare(
        ours.chained(*[PIECES[name][0] for name in names]),
        lambda o: torch_sched.ChainedScheduler([PIECES[name][1](o) for name in names], o),
    )


@few
@given(names=pieces, length=st.integers(20, 40))
def test_sequential(names, length):
    milestones = [length * (i + 1) for i in range(len(names) - 1)]
    compare(
        ours.sequential([PIECES[name][0] for name in names], milestones),
        lambda o: torch_sched.SequentialLR(o, [PIECES[name][1](o) for name in names], milestones),
    )


@few
@given(names=pieces)
def test_a_schedule_of_ours_serves_torch_as_a_lambda(names):
    """Factors: what `LambdaLR` needs is the schedule of a rate of 1."""
    schedule = ours.chained(*[PIECES[name][0] for name in names])
    theirs = optimizer()
    scheduler = torch_sched.LambdaLR(theirs, lambda step: schedule(step, 1.0))
    expected = rates(theirs, scheduler, 40)
    mine = optimizer(ours)
    got = rates(mine, ours.Scheduler(mine, schedule), 40)
    for a, b in zip(got, expected, strict=True):
        assert a == pytest.approx(b, rel=1e-9)


def test_each_group_may_have_a_schedule_of_its_own():
    mine = optimizer(ours)
    scheduler = ours.Scheduler(mine, [ours.exponential(0.5), ours.constant()])
    scheduler.step()
    assert scheduler.get_last_lr() == [0.25, 0.02]


def test_a_group_added_after_the_scheduler_is_refused_with_words():
    mine = optimizer(ours)
    scheduler = ours.Scheduler(mine, ours.constant())
    mine.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
    with pytest.raises(
        ValueError, match="expected 2 groups, as when the scheduler was built, got 3"
    ):
        scheduler.step()


def test_a_scheduler_goes_on_where_it_was_saved_in_either_order():
    first = optimizer(ours)
    scheduler = ours.Scheduler(first, ours.warmup_cosine(5, 50))
    rates(first, scheduler, 20)
    saved, saved_optimizer = scheduler.state_dict(), first.state_dict()
    expected = rates(first, scheduler, 20)
    for scheduler_first in (True, False):
        second = optimizer(ours)
        again = ours.Scheduler(second, ours.warmup_cosine(5, 50))
        if scheduler_first:
            again.load_state_dict(saved)
            second.load_state_dict(saved_optimizer)
        else:
            second.load_state_dict(saved_optimizer)
            again.load_state_dict(saved)
        assert rates(second, again, 20) == expected


BAD = {
    "no steps": (lambda: ours.cosine(0), "at least 1, got 0"),
    "negative": (lambda: ours.step_decay(-1), "at least 1, got -1"),
    "warm-up too long": (lambda: ours.warmup_cosine(10, 10), "total - warmup .* at least 1, got 0"),
    "milestones": (
        lambda: ours.sequential([ours.constant(), ours.constant()], []),
        "expected 1 milestones, got 0",
    ),
    "falling milestones": (
        lambda: ours.sequential([ours.constant()] * 3, [5, 3]),
        r"rising milestones, got \[5, 3\]",
    ),
    "anneal": (lambda: ours.one_cycle(10, anneal="exp"), "got 'exp'"),
    "short cycle": (lambda: ours.one_cycle(3), "more than 1 of 3 steps"),
    "beyond the cycle": (lambda: ours.one_cycle(10)(11, 1.0), "up to 10"),
    "schedules": (lambda: ours.Scheduler(optimizer(), [ours.constant()]), "2 groups, got 1"),
    "state": (
        lambda: ours.Scheduler(optimizer(), ours.constant()).load_state_dict(
            {"last_epoch": 1, "base_lrs": [0.1]}
        ),
        "expected 2 base_lrs, got 1",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_has_words(what):
    call, words = BAD[what]
    with pytest.raises(ValueError, match=words):
        call()
