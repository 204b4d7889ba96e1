"""The timeline is all that is allocated, each byte in its part, and the predicted peak is the counted one."""

import gc
import random
from contextlib import nullcontext
from functools import partial

import pytest
import torch
from torch import nn
from torch.autograd.profiler import profile
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import (
    MemoryTimeline,
    SimulatedMemory,
    estimate_memory,
    estimate_peak,
    record_steps,
)

CONFIG = GPTConfig(vocab=90, context=16, dim=24, layers=3, heads=2)


def size_of(tensors):
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def state_of(optimizer):
    return size_of(v for state in optimizer.state.values() for v in state.values() if v is not None)


def make(name, parameters, loop):
    how = {"fused": True} if loop == "fused" else {"foreach": loop == "foreach"}
    if name == "adamw":
        return torch.optim.AdamW(parameters, **how)
    return torch.optim.SGD(parameters, 0.1, momentum=0.9 * (name == "momentum"), **how)


def recomputing(model):
    for block in model.blocks:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    return model


# The timeline


@pytest.mark.parametrize("loop", ["loop", "foreach", "fused"])
def test_after_each_phase_each_part_is_what_there_is(loop):
    model, (ids, targets) = GPT(CONFIG), torch.randint(CONFIG.vocab, (2, 3, 16))
    optimizer = make("adamw", model.parameters(), loop)
    weights = size_of(model.parameters())
    for number in (1, 2):
        state = state_of(optimizer)
        (timeline,) = record_steps(model, optimizer, [lambda: model.loss(ids, targets)])
        after = {moment.phase: moment.live for moment in timeline.moments}
        parts = estimate_memory(CONFIG, 3, 16)
        kept = after["forward"]["activations"] + after["forward"]["gradients"]
        assert kept == parts.activations + 4  # and the loss; the table's gradient is there already
        assert after["forward"]["optimizer"] == state == parts.optimizer * (number - 1)
        assert after["backward"]["activations"] == 4
        for phase in ("backward", "step"):
            assert (
                after[phase]["gradients"] == weights == size_of(p.grad for p in model.parameters())
            )
            assert after[phase]["temporaries"] == 0
        assert after["step"]["optimizer"] == state_of(optimizer) == parts.optimizer
        assert {m.live["parameters"] for m in timeline.moments} == {weights}


def test_the_timeline_is_what_the_profiler_was_told():
    model, (ids, targets) = GPT(CONFIG), torch.randint(CONFIG.vocab, (2, 3, 16))

    def step():
        model.zero_grad()
        model.loss(ids, targets).backward()

    with MemoryTimeline(model):
        step()  # once under the profiler, which else would not tell of these gradients' end
    with profile(profile_memory=True, use_kineto=True) as prof:
        step()
    told = [e for e in prof.kineto_results.events() if e.name() == "[memory]"]
    with MemoryTimeline(model) as timeline:
        step()
    sizes = [event.nbytes() for event in sorted(told, key=lambda event: event.start_ns())]
    assert [moment.nbytes for moment in timeline.moments] == sizes
    assert timeline.peak() == size_of(model.parameters()) * 2 + max(
        sum(sizes[: i + 1]) for i in range(len(sizes))
    )  # gradients of the step before are there at the start


def test_forward_as_live_bytes_counts_it():
    model = nn.Sequential(nn.Linear(30, 70), nn.GELU(), nn.Linear(70, 30))
    x = torch.ones(20, 30)
    with LiveBytes() as meter:
        kept = model(x)
    with MemoryTimeline(model) as timeline, timeline.phase("forward"):
        again = model(x)
    assert timeline.moments[-1].live["activations"] == meter.live
    assert timeline.peak() - size_of(model.parameters()) == meter.peak
    assert kept.shape == again.shape


def test_a_dispatch_mode_keeps_autograd_from_adding_in_place():
    model, (ids, targets) = GPT(CONFIG.change(vocab=3000)), torch.randint(3000, (2, 1, 16))
    table = model.tokens.weight.nbytes
    loss = model.loss(ids, targets)
    with MemoryTimeline(model) as timeline:
        loss.backward()
    model.zero_grad()
    loss = model.loss(ids, targets)
    with LiveBytes() as meter:
        loss.backward()
    apart = meter.peak - (timeline.peak() - size_of(model.parameters()))
    assert apart == pytest.approx(table, rel=0.02)


def test_what_is_freed_in_the_context_counts_no_more():
    model = nn.Linear(50, 50, bias=False)
    for watched in (False, True):
        with MemoryTimeline(model) if watched else nullcontext():
            model(torch.ones(1, 50)).sum().backward()
        with MemoryTimeline(model) as timeline, timeline.phase("zero"):
            model.zero_grad()
        assert [(m.nbytes, m.live["gradients"]) for m in timeline.moments] == [(-10_000, 0)]


def test_an_address_that_is_used_again():
    model = nn.Linear(50, 50, bias=False)
    model(torch.ones(1, 50)).sum().backward()  # its gradient is not seen to be made, nor to go
    with MemoryTimeline(model) as timeline:
        model.zero_grad()
        kept = [torch.empty(50, 50) for _ in range(20)]  # one of them takes the gradient's place
    assert timeline.moments[-1].live["temporaries"] == 10_000 * len(kept)


def test_phases_stand_in_the_context_and_side_by_side():
    timeline = MemoryTimeline(nn.Linear(2, 2))
    with (
        pytest.raises(RuntimeError, match="expected phase 'forward' inside the context"),
        timeline.phase("forward"),
    ):
        pass
    with (
        timeline,
        timeline.phase("a"),
        pytest.raises(RuntimeError, match="expected phase 'b'"),
        timeline.phase("b"),
    ):
        pass
    with pytest.raises(ValueError, match="expected an allocation in phase 'c', got none"):
        timeline.peak("c")


def test_a_phase_that_fails_leaves_the_context():
    timeline = MemoryTimeline(nn.Linear(2, 2))
    with pytest.raises(KeyError), timeline, timeline.phase("forward"):
        raise KeyError
    with timeline, timeline.phase("forward"):
        kept = torch.ones(100)
    assert timeline.moments[-1].live["activations"] == kept.nbytes


# The prediction

OWN = ("aten::mm", "aten::addmm", "_flash_attention_for_cpu", "_flash_attention_for_cpu_backward")


def peaks(moments):
    """Return the most in each phase, without what these kernels allocate and free inside themselves."""
    inside, best = [0] * len(moments), {}
    open_: dict[str, list[int]] = {}
    for i, moment in enumerate(moments):
        names = [name for name in moment.operation.split(" > ") if name.endswith(OWN)]
        if not names:
            continue
        if moment.nbytes > 0:
            open_.setdefault(names[-1], []).append(i)
        else:
            start = next(
                j for j in reversed(open_[names[-1]]) if moments[j].nbytes == -moment.nbytes
            )
            open_[names[-1]].remove(start)
            for j in range(start, i):
                inside[j] += moments[start].nbytes
    for moment, own in zip(moments, inside, strict=True):
        best[moment.phase] = max(best.get(moment.phase, 0), moment.total - own)
    return best


def counted(config, batch, length, precision, optimizer, loop, recompute):
    """Make two steps, and return the peaks of each."""
    model = recomputing(GPT(config)) if recompute else GPT(config)
    ids, targets = torch.randint(config.vocab, (2, batch, length))

    def loss():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"):
            return model.loss(ids, targets)

    made = make(optimizer, model.parameters(), loop)
    return [peaks(timeline.moments) for timeline in record_steps(model, made, 2 * [loss])]


def random_case(seed):
    rng = random.Random(seed)
    heads, width = rng.choice([1, 2, 3, 4]), rng.choice([4, 8, 16])
    config = GPTConfig(
        vocab=rng.choice([40, 300, 3000]),
        context=64,
        dim=heads * width,
        layers=rng.randint(1, 4),
        heads=heads,
        head_dim=rng.choice([None, 12]),
        hidden=rng.choice([None, 50, 200]),
        norm=rng.choice(["pre", "pre", "post"]),
        final_norm=rng.random() < 0.8,
    )
    optimizer, loop = (
        rng.choice(["sgd", "momentum", "adamw"]),
        rng.choice(["loop", "foreach", "fused"]),
    )
    batch, length = rng.choice([1, 2, 5, 9]), rng.choice([2, 7, 33, 64])
    return (
        config,
        batch,
        length,
        rng.choice(["float32", "autocast"]),
        optimizer,
        loop,
        seed % 2 == 0,
    )


@pytest.mark.parametrize("seed", range(24))
def test_the_predicted_peak_is_the_counted_one(seed):
    *case, recompute = random_case(seed)
    _, batch, length, *_ = case
    for number, found in enumerate(counted(*case, recompute), 1):
        expected = estimate_peak(*case, step=number, recompute=recompute)
        inputs, most = 16 * batch * length, max(found.values())
        off = 40 + 0.002 * most * recompute
        assert expected.peak - inputs == pytest.approx(most, abs=off)
        for phase in ("backward", "step"):
            moments = ("loss", "backward") if phase == "backward" else ("step",)
            most = max(expected.peaks[moment] for moment in moments)
            assert found.get(phase, 0) - off <= most - inputs


@pytest.mark.parametrize(
    ("moment", "config", "batch"),
    [
        ("loss", GPTConfig(vocab=4000, context=64, dim=32, layers=2, heads=2), 8),
        ("backward", GPTConfig(vocab=100, context=64, dim=64, layers=4, heads=4), 8),
        ("step", GPTConfig(vocab=500, context=64, dim=96, layers=2, heads=4), 1),
    ],
)
@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("precision", ["float32", "autocast"])
def test_each_regime(moment, config, batch, recompute, precision):
    found = counted(config, batch, 64, precision, "adamw", "foreach", recompute)
    for number in (1, 2):
        expected = estimate_peak(config, batch, 64, precision, step=number, recompute=recompute)
        counted_peak = max(found[number - 1].values())
        assert expected.peak - 16 * 64 * batch == pytest.approx(counted_peak, abs=40)
        if precision == "float32":
            assert expected.moment == moment


def test_a_loss_of_all_logits():
    model, (ids, targets) = GPT(CONFIG.change(vocab=900)), torch.randint(900, (2, 3, 16))
    optimizer = torch.optim.SGD(model.parameters())

    def loss():
        return cross_entropy(model(ids).flatten(0, 1), targets.flatten())

    found = peaks(record_steps(model, optimizer, [loss])[0].moments)
    expected = estimate_peak(model.config, 3, 16, optimizer="sgd", loop="loop", logits=True)
    assert expected.peak - 16 * 48 == pytest.approx(max(found.values()), abs=40)
    assert expected.during == "gradient of logits"


def test_after_forward_and_backward_are_what_the_parts_say():
    for recompute in (False, True):
        expected = estimate_peak(CONFIG, 3, 16, recompute=recompute)
        parts = estimate_memory(CONFIG, 3, 16, recompute=recompute)
        states = 5056 * CONFIG.layers * recompute  # of the random generator, one for each block
        assert expected.after_forward - 16 * 48 == parts.after_forward + states
        assert expected.after_backward - 16 * 48 == parts.states


def test_only_the_state_tells_the_second_step_from_the_first():
    for loop in ("loop", "foreach", "fused"):
        first, second, third = (estimate_peak(CONFIG, 8, 16, loop=loop, step=n) for n in (1, 2, 3))
        parts = estimate_memory(CONFIG, 8, 16)
        for moment in ("forward", "loss", "backward"):
            assert second.peaks[moment] - first.peaks[moment] == parts.optimizer
        assert second.peaks["step"] == first.peaks["step"]
        assert third == second


def test_a_gpu_rounds_up_and_needs_workspaces():
    cpu, cuda = (estimate_peak(CONFIG, 3, 16, kernels=kernels) for kernels in ("cpu", "cuda"))
    assert all(nbytes % 512 == 0 for nbytes in cuda.parts.values())
    assert cuda.parts["workspaces"] == 2**26
    assert cuda.peak > cpu.peak + 2**26


def test_memory_forgets_what_nobody_holds():
    memory = SimulatedMemory()
    storage = memory.new("activations", 10)
    storage.holders += 1
    memory.drop(storage)
    assert memory.live.total() == 10
    memory.drop(storage)
    assert memory.live.total() == 0
    assert memory.most.total() == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": "bfloat16"}, "expected a precision of float32, autocast, got 'bfloat16'"),
        ({"optimizer": "lion"}, "expected an optimizer of sgd, momentum, adamw, got 'lion'"),
        ({"loop": "for"}, "expected a loop of loop, foreach, fused, got 'for'"),
        ({"kernels": "tpu"}, "expected kernels of cpu, cuda, got 'tpu'"),
        ({"batch": 0}, "got 0, 2 and 16"),
        ({"length": 17}, "a length from 1 to 16, got 3, 2 and 17"),
        ({"config": CONFIG.change(dropout=0.1)}, "got dropout=0.1 and band=None"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        estimate_peak(**({"config": CONFIG, "batch": 3, "length": 16} | change))


# On a GPU


def on_gpu(config, batch, length, precision, loop, recompute):
    """Make two steps on a GPU, and return the peak of the second."""
    gc.collect()
    torch._C._cuda_clearCublasWorkspaces()  # those of earlier tests: the prediction has its own
    before = torch.cuda.memory_allocated()
    model = GPT(config).cuda()
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), **{loop: True})
    ids, targets = torch.randint(config.vocab, (2, batch, length), device="cuda")
    for _ in range(2):
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "autocast"):
            loss = model.loss(ids, targets)
        loss.backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated() - before


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("vocab", "batch", "length", "precision", "loop", "recompute"),
    [
        (50_257, 1, 128, "float32", "foreach", False),
        (50_257, 1, 1024, "float32", "foreach", False),
        (50_257, 8, 1024, "float32", "fused", False),
        (50_257, 8, 1024, "float32", "fused", True),
        (50_257, 1, 1024, "autocast", "fused", False),
        (50_257, 8, 1024, "autocast", "foreach", False),
        (50_257, 8, 1024, "autocast", "fused", True),
        (50_257, 3, 500, "autocast", "foreach", False),
        (1000, 8, 1024, "autocast", "fused", False),
        (1000, 8, 1024, "autocast", "fused", True),
        (1000, 8, 1024, "float32", "fused", True),
    ],
)
def test_on_a_gpu_the_prediction_is_within_5_percent(
    vocab, batch, length, precision, loop, recompute
):
    config = GPTConfig.gpt2(dropout=0.0, vocab=vocab)
    expected = estimate_peak(
        config, batch, length, precision, loop=loop, recompute=recompute, kernels="cuda"
    )
    found = on_gpu(config, batch, length, precision, loop, recompute)
    assert expected.peak == pytest.approx(found, rel=0.05)
