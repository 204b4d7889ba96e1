"""Schedules against the published formulas and PyTorch's own; the same schedules run, against one process."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
import torch
from torch import distributed, nn
from torch.distributed.pipelining import (
    PipelineStage,
    Schedule1F1B,
    ScheduleGPipe,
    ScheduleInterleaved1F1B,
    ScheduleInterleavedZeroBubble,
)
from torch.nn.functional import cross_entropy, mse_loss

from reference_impl.distributed import (
    Action,
    Link,
    PipeDream,
    Pipeline,
    RankError,
    Schedule,
    Times,
    check_schedule,
    delayed_sgd,
    gpipe,
    gpt_stages,
    interleaved,
    one_f_one_b,
    pipedream,
    run_ranks,
    simulate,
    sum_tied_gradients,
    zero_bubble,
)
from reference_impl.gpt import GPT, GPTConfig

SIZES = [(1, 1), (1, 5), (2, 1), (2, 3), (3, 7), (4, 2), (4, 8), (5, 4), (8, 32)]
UNEVEN = Times(forward=0.7, input_grad=1.3, weight_grad=0.4)


@pytest.mark.parametrize("build", [gpipe, one_f_one_b])
@pytest.mark.parametrize("times", [Times(), UNEVEN])
@pytest.mark.parametrize(("p", "m"), SIZES)
def test_gpipe_and_1f1b_have_the_published_bubble(build, times, p, m):
    timeline = simulate(build(p, m), times)
    assert timeline.bubble == pytest.approx((p - 1) / (m + p - 1))
    assert timeline.bubble_of_ideal == pytest.approx((p - 1) / m)
    assert timeline.total == pytest.approx((m + p - 1) * (times.forward + times.backward))


@pytest.mark.parametrize(("p", "m"), SIZES)
def test_peak_activations_are_the_published_ones(p, m):
    expected = {
        gpipe: [m] * p,
        one_f_one_b: [min(m, p - i) for i in range(p)],
        zero_bubble: [min(m, p)] * p,
    }
    for build, peaks in expected.items():
        timeline = simulate(build(p, m))
        assert [timeline.peak(i) for i in range(p)] == peaks


@pytest.mark.parametrize(("p", "rounds", "v"), [*product([1, 2, 4], [1, 2, 4], [1, 2, 3])])
def test_interleaving_divides_the_bubble_by_the_chunks(p, rounds, v):
    m = p * rounds
    for times in (Times(), UNEVEN):
        timeline = simulate(interleaved(p, m, v), times)
        assert timeline.bubble_of_ideal == pytest.approx((p - 1) / (v * m))
    full = p * (1 + (p - 1) / (p * v))
    assert timeline.peak(0) == pytest.approx(min(m, full))


@pytest.mark.parametrize(("p", "m"), [(2, 4), (3, 6), (4, 8), (4, 20), (8, 16)])
@pytest.mark.parametrize(
    "sizes", [(1.0, 1.0, 1.0), (2.0, 2.0, 1.0), (1.0, 1.5, 0.5), (1.0, 0.5, 1.0), (1.0, 2.0, 2.0)]
)
def test_zero_bubble_has_the_published_bubble(p, m, sizes):
    timeline = simulate(zero_bubble(p, m), Times(*sizes))
    f, b, w = sizes
    waiting = (p - 1) * max(f + b - w, f, b)  # the paper's f + b - w, where w is the shortest
    assert timeline.total - timeline.ideal == pytest.approx(waiting)


def test_pipedream_is_1f1b_without_a_flush():
    flushed = simulate(one_f_one_b(4, 10)).total * 10
    assert simulate(pipedream(4, 100)).total < flushed


def test_no_rank_does_two_things_at_once_and_transfers_take_time():
    for schedule in (gpipe(3, 4), interleaved(3, 6, 2), zero_bubble(3, 4)):
        timeline = simulate(schedule, Times(1.0, 2.0, 0.5, transfer=0.25))
        ends = {(event.rank, event.action): event.end for event in timeline.events}
        for before, after in zip(timeline.events, timeline.events[1:], strict=False):
            if before.rank == after.rank:
                assert before.end <= after.start + 1e-12
        for event in timeline.events:
            for rank, needed in schedule.needs(event.rank, event.action):
                late = 0.25 * (rank != event.rank)
                assert ends[rank, needed] + late <= event.start + 1e-12


def test_times_are_in_any_unit():
    small, large = Times(0.1, 0.2, 0.1, 0.05), Times(10.0, 20.0, 10.0, 5.0)
    for schedule in (one_f_one_b(3, 5), interleaved(2, 4, 2), zero_bubble(3, 5)):
        ratio = simulate(schedule, large).total / simulate(schedule, small).total
        assert ratio == pytest.approx(100)


def test_the_drawing():
    lines = simulate(one_f_one_b(2, 2)).text().splitlines()
    assert lines == ["0  F0 F1 .  .  B0 B0 .  B1 B1", "1  .  F0 B0 B0 F1 B1 B1 .  ."]
    half = simulate(interleaved(2, 2, 2)).text(unit=0.5)
    assert {len(line.split()) for line in half.splitlines()} == {1 + 15}


def changed(schedule, rank, change):
    orders = list(schedule.orders)
    orders[rank] = tuple(change(list(orders[rank])))
    return replace(schedule, orders=tuple(orders))


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            changed(gpipe(2, 3), 1, lambda o: o[:-1]),
            "expected rank 1 to do B2 once, it does it never",
        ),
        (changed(gpipe(2, 3), 0, lambda o: [*o, o[0]]), "rank 0 to do F0 once, it does it 2 times"),
        (
            changed(gpipe(2, 3), 1, lambda o: [*o, Action("F", 7)]),
            "GPipe has no F7, but rank 1 does it",
        ),
        (
            changed(zero_bubble(2, 3), 0, lambda o: [a for a in o if str(a) != "W1"]),
            "expected rank 0 to do W1 once, it does it never",
        ),
        (
            changed(interleaved(2, 2, 2), 1, lambda o: [a for a in o if str(a) != "B1.1"]),
            "expected rank 1 to do B1.1 once",
        ),
        (
            changed(gpipe(1, 1), 0, lambda o: o[::-1]),
            "GPipe can't go on: rank 0 is at B0 and waits for F0 of rank 0",
        ),
        (
            changed(gpipe(2, 2), 0, lambda o: [o[0], o[2], o[1], o[3]]),
            "rank 0 is at B0 and waits for B0 of rank 1; rank 1 is at F1 and waits for F1 of rank 0",
        ),
        (Schedule("short", 2, 1, 1, ()), "expected 2 orders, got 0"),
    ],
)
def test_invalid_schedules_are_refused_with_the_action_named(schedule, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        check_schedule(schedule)
    with pytest.raises(ValueError, match=r"once|no|can't|orders"):
        simulate(schedule)


@pytest.mark.parametrize("build", [gpipe, one_f_one_b, zero_bubble, pipedream])
def test_sizes_of_nothing_are_refused(build):
    with pytest.raises(ValueError, match=r"expected sizes of at least 1, got .*'ranks': 0"):
        build(0, 2)
    with pytest.raises(ValueError, match=r"expected sizes of at least 1, got .*'micro_batches': 0"):
        build(2, 0)


def test_other_bad_settings_are_refused():
    with pytest.raises(
        ValueError, match="expected micro_batches to be a multiple of the 4 ranks, got 6"
    ):
        interleaved(4, 6, 2)
    with pytest.raises(ValueError, match="expected sizes of at least 1"):
        interleaved(4, 8, 0)
    with pytest.raises(ValueError, match="expected times above 0 and a transfer of at least 0"):
        Times(forward=0.0)
    with pytest.raises(ValueError, match=r"a transfer of at least 0, got .*transfer=-1"):
        Times(transfer=-1.0)


def layers_of(count, seed=0):
    """As many stages, alike in shape and different in weights, in float64."""
    torch.manual_seed(seed)
    return [nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double() for _ in range(count)]


RUNS = [
    *((build(p, m)) for build in (gpipe, one_f_one_b, zero_bubble) for p, m in [(2, 3), (4, 8)]),
    one_f_one_b(4, 2),
    zero_bubble(1, 3),
    interleaved(2, 4, 2),
    interleaved(2, 2, 3),
    interleaved(4, 8, 2),
    interleaved(1, 2, 2),
]


def named(schedule):
    return f"{schedule.name}-{schedule.ranks}-{schedule.micro_batches}"


@pytest.mark.parametrize("schedule", RUNS, ids=named)
def test_a_run_trains_as_one_process_in_the_order_of_the_simulator(schedule):
    layers = layers_of(schedule.stages)
    batch = 2 * schedule.micro_batches
    data = [torch.randn(2, batch, 4).double() for _ in range(3)]

    def train(model, one_step):
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        losses = []
        for x, y in data:
            optimizer.zero_grad()
            losses.append(one_step(x, y))
            optimizer.step()
        return losses, [p.grad for p in model.parameters()], list(model.parameters())

    def work(rank):
        own = [layers[schedule.stage(rank, chunk)] for chunk in range(schedule.chunks)]
        seen = []
        for chunk, module in enumerate(own):
            module.register_forward_hook(lambda *_, chunk=chunk: seen.append(("F", chunk)))
            inner = "W" if schedule.splits_backward else "B"
            module[0].weight.register_hook(lambda _, c=chunk, k=inner: seen.append((k, c)))
        pipeline = Pipeline(schedule, own, mse_loss, (2, 4), torch.float64)
        result = train(nn.ModuleList(own), lambda x, y: pipeline.step(x, y))
        result = tuple([None if x is None else x.detach() for x in part] for part in result)
        return (
            *result,
            pipeline.events,
            seen[-2 * len(own) * schedule.micro_batches :],
            pipeline.peak,
        )

    found = run_ranks(work, schedule.ranks, start_method="fork")
    whole = nn.Sequential(*deepcopy(layers))

    def one_step(x, y):
        loss = mse_loss(whole(x), y)
        loss.backward()
        return loss.detach()

    losses, grads, weights = train(whole, one_step)
    torch.testing.assert_close(found[-1][0], losses)
    for rank in range(schedule.ranks):
        places = [schedule.stage(rank, chunk) for chunk in range(schedule.chunks)]
        for part, expected in ((1, grads), (2, weights)):
            own = [expected[2 * s + i].detach() for s in places for i in range(2)]
            torch.testing.assert_close(found[rank][part], own, rtol=1e-9, atol=1e-10)
    agrees_with_the_simulator(schedule, found)


def agrees_with_the_simulator(schedule, found):
    timeline = simulate(schedule)
    events = [event for result in found for event in result[3]]
    ends = {(event.rank, event.action): event.end for event in events}
    for rank, (*_, ran, seen, peak) in enumerate(found):
        expected = [event.action for event in timeline.events if event.rank == rank]
        assert [event.action for event in ran] == expected
        kinds = ("F", "W") if schedule.splits_backward else ("F", "B")
        assert seen == [(a.kind, a.chunk) for a in expected if a.kind in kinds]
        assert peak == timeline.peak(rank) * schedule.chunks
    for event in events:  # on the real clock, which the processes of a machine share
        for need in schedule.needs(event.rank, event.action):
            assert ends[need] <= event.start


@pytest.mark.parametrize(
    ("theirs", "schedule"),
    [
        (ScheduleGPipe, gpipe(2, 4)),
        (Schedule1F1B, one_f_one_b(2, 4)),
        (Schedule1F1B, one_f_one_b(4, 6)),
        (ScheduleInterleaved1F1B, interleaved(2, 4, 2)),
        (ScheduleInterleaved1F1B, interleaved(4, 8, 2)),
        (ScheduleInterleavedZeroBubble, zero_bubble(2, 4)),
        (ScheduleInterleavedZeroBubble, zero_bubble(4, 8)),
    ],
    ids=lambda value: getattr(value, "__name__", None) or named(value),
)
def test_pytorch_runs_the_same_order_to_the_same_gradients(theirs, schedule):
    layers = layers_of(schedule.stages)
    x, y = torch.randn(2, 2 * schedule.micro_batches, 4).double()
    single = theirs in (ScheduleGPipe, Schedule1F1B)

    def work(rank):
        order, stages = [], []
        for chunk in range(schedule.chunks):
            at = schedule.stage(rank, chunk)
            stage = PipelineStage(layers[at], at, schedule.stages, torch.device("cpu"))
            for kind, name in zip("FBW", ("forward", "backward", "backward_weight"), strict=True):
                inner = getattr(stage, f"{name}_one_chunk")

                def outer(i, *args, kind=kind, chunk=chunk, inner=inner, **kwargs):
                    order.append(Action(kind, i, chunk))
                    return inner(i, *args, **kwargs)

                setattr(stage, f"{name}_one_chunk", outer)
            stages.append(stage)
        count = schedule.micro_batches
        runner = theirs(stages[0] if single else stages, count, loss_fn=mse_loss)
        has_first, has_last = rank == 0, rank == schedule.ranks - 1
        runner.step(*([x] if has_first else []), **({"target": y} if has_last else {}))
        return order, [[p.grad for p in stage.submod.parameters()] for stage in stages]

    found = run_ranks(work, schedule.ranks, start_method="fork")
    whole = nn.Sequential(*layers)
    mse_loss(whole(x), y).backward()
    for rank, (order, grads) in enumerate(found):
        assert tuple(order) == schedule.orders[rank]
        for chunk, own in enumerate(grads):
            expected = [p.grad for p in layers[schedule.stage(rank, chunk)].parameters()]
            torch.testing.assert_close(own, expected)


@pytest.mark.parametrize(
    "schedule",
    [one_f_one_b(2, 2), zero_bubble(4, 4), interleaved(2, 2, 2), gpipe(1, 2)],
    ids=named,
)
def test_a_gpt_with_its_tied_matrix(schedule):
    torch.manual_seed(0)
    config = GPTConfig(vocab=11, context=6, dim=8, layers=4, heads=2, init_std=0.3)
    whole = GPT(config).double()
    ids = torch.randint(11, (3, 4, 7))
    stages = gpt_stages(whole, schedule.stages)

    def loss_of(logits, targets):
        return cross_entropy(logits.flatten(0, 1), targets.flatten())

    def work(rank):
        own = [stages[schedule.stage(rank, chunk)] for chunk in range(schedule.chunks)]
        shape = (4 // schedule.micro_batches, 6, 8)
        pipeline = Pipeline(schedule, own, loss_of, shape, torch.float64)
        weights = [p for stage in own for p in stage.parameters()]
        optimizer = torch.optim.AdamW(weights, lr=0.01)
        for step in ids:
            optimizer.zero_grad()
            pipeline.step(step[:, :-1], step[:, 1:])
            sum_tied_gradients(own)
            optimizer.step()
        return [
            (stage.state_dict(), {n: p.grad for n, p in stage.named_parameters()}) for stage in own
        ]

    found = run_ranks(work, schedule.ranks, start_method="fork")
    optimizer = torch.optim.AdamW(whole.parameters(), lr=0.01)
    for step in ids:
        optimizer.zero_grad()
        whole.loss(step[:, :-1], step[:, 1:]).backward()
        optimizer.step()
    for rank, own in enumerate(found):
        for chunk, (weights, grads) in enumerate(own):
            expected = gpt_stages(whole, schedule.stages)[schedule.stage(rank, chunk)]
            for name, weight in expected.state_dict().items():
                torch.testing.assert_close(weights[name], weight, rtol=1e-9, atol=1e-8)
            first = schedule.stage(rank, chunk) * 4 // schedule.stages
            for name, grad in grads.items():
                place = name
                if name.startswith("blocks."):
                    _, number, rest = name.split(".", 2)
                    place = f"blocks.{first + int(number)}.{rest}"
                theirs = whole.get_parameter(place).grad
                torch.testing.assert_close(grad, theirs, rtol=1e-9, atol=1e-10)


def dream(rank, layers, data, stash, rate=0.1):
    layer = deepcopy(layers[rank])
    runner = PipeDream(layer, mse_loss, (3, 4), rate, stash=stash, dtype=torch.float64)
    losses = runner.train(*data)
    return losses, layer.state_dict(), runner.versions, runner.peak


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_pipedream_is_sgd_with_delays(ranks):
    layers = layers_of(ranks)
    data = list(torch.randn(10, 3, 4).double()), list(torch.randn(10, 3, 4).double())
    found = run_ranks(dream, ranks, layers, data, True, start_method="fork")
    again = deepcopy(layers)
    losses = delayed_sgd(again, mse_loss, *data, rate=0.1)
    assert found[-1][0] == pytest.approx(losses, rel=1e-12)
    for rank, (_, weights, versions, peak) in enumerate(found):
        for name, weight in again[rank].state_dict().items():
            torch.testing.assert_close(weights[name], weight)
        delay = ranks - 1 - rank
        assert versions == [(max(0, k - delay), k) for k in range(10)]
        assert peak == ranks - rank
    together = deepcopy(layers)
    whole = nn.Sequential(*together)
    optimizer = torch.optim.SGD(whole.parameters(), lr=0.1)
    for x, y in zip(*data, strict=True):
        optimizer.zero_grad()
        mse_loss(whole(x), y).backward()
        optimizer.step()
    same = torch.allclose(whole[0][0].weight, again[0][0].weight, rtol=1e-9)
    assert same == (ranks == 1)  # the delay is a difference, and the only one


def test_without_stashing_the_gradients_are_others():
    """Stages of two layers: the gradient of the first goes through the weights of the second."""
    pairs = layers_of(4)
    layers = [nn.Sequential(*pairs[:2]), nn.Sequential(*pairs[2:])]
    data = list(torch.randn(6, 3, 4).double()), list(torch.randn(6, 3, 4).double())
    stashed = run_ranks(dream, 2, layers, data, True, start_method="fork")
    mixed = run_ranks(dream, 2, layers, data, False, start_method="fork")
    again = deepcopy(layers)
    delayed_sgd(again, mse_loss, *data, rate=0.1)
    expected = again[0][0][0].weight
    assert torch.allclose(stashed[0][1]["0.0.weight"], expected, rtol=1e-9)
    assert not torch.allclose(mixed[0][1]["0.0.weight"], expected, rtol=1e-6)


def one_layer(schedule, chunks=1, **settings):
    layers = [nn.Linear(4, 4) for _ in range(chunks)]
    return Pipeline(schedule, layers, mse_loss, settings.get("shape", (2, 4)))


TEN = torch.zeros(10, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: one_layer(gpipe(3, 2)), "a schedule for 2 ranks, got 3"),
        (lambda: one_layer(interleaved(2, 2, 2)), "2 chunks, got 1"),
        (
            lambda: one_layer(gpipe(2, 4)).step(TEN, TEN),
            "divides into 4 micro-batches, got 10 rows",
        ),
        (
            lambda: one_layer(changed(gpipe(2, 2), 1, lambda o: o[1:])),
            "rank 1 to do F0 once, it does it never",
        ),
        (
            lambda: PipeDream(nn.Linear(4, 4), mse_loss, (2, 4), 0.1).train([TEN], []),
            "as many targets as inputs, 1, got 0",
        ),
        (
            lambda: gpt_stages(GPT(GPTConfig(vocab=5, context=2, dim=4, layers=3, heads=1)), 2),
            "layers to be a multiple of the 2 stages, got 3",
        ),
    ],
)
def test_what_does_not_fit_is_refused_on_every_rank(call, words):
    with pytest.raises(RankError, match=f"^ranks 0, 1 of 2: ValueError: expected .*{words}"):
        run_ranks(lambda rank: call() and None, 2, start_method="fork")


def test_an_output_of_another_shape_is_refused_where_it_arises():
    def work(rank):
        one_layer(gpipe(2, 5), shape=(3, 4)).step(TEN, TEN)

    words = (
        r"^rank 0 of 2: ValueError: expected stage 0 to return torch.float32 of shape \(3, 4\), got"
    )
    with pytest.raises(RankError, match=words):
        run_ranks(work, 2, start_method="fork")


def test_sends_that_wait_for_their_receiver_stand_still():
    """Why `Link` does not wait: 1F1B has both neighbours sending at the same time."""

    def work(rank, waits):
        patient = distributed.new_group(timeout=timedelta(minutes=1))
        x, other, link = torch.zeros(4), 1 - rank, Link(patient)
        if waits:
            distributed.send(x, other, group=patient)
        else:
            link.send(x, other, tag=0)
        found = link.receive(torch.ones(4), other, tag=0).sum().item()
        link.wait()  # a send whose handle is dropped may never arrive
        return found

    assert run_ranks(work, 2, False, start_method="fork") == [0.0, 0.0]
    with pytest.raises(
        RankError, match=r"ranks 0, 1 of 2: did not finish within 5 s, in .* in send"
    ):
        run_ranks(work, 2, True, timeout=5.0, start_method="fork")
