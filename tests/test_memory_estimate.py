"""The parts of the memory of a training step are what is counted in one."""

import pytest
import torch
from torch import distributed, nn

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.distributed import (
    ParallelGPT,
    Pipeline,
    Zero1,
    Zero2,
    Zero3,
    gpt_stages,
    one_f_one_b,
    run_ranks,
    simulate,
)
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import (
    OPTIMIZERS,
    Parallel,
    SavedBytes,
    estimate_memory,
    model_states,
)

CONFIG = GPTConfig(vocab=44, context=12, dim=9, layers=4, heads=4, head_dim=3, hidden=20)
MAKE = {
    "sgd": lambda p, foreach: torch.optim.SGD(p, lr=0.1, foreach=foreach),
    "momentum": lambda p, foreach: torch.optim.SGD(p, lr=0.1, momentum=0.9, foreach=foreach),
    "adamw": lambda p, foreach: torch.optim.AdamW(p, lr=0.1, foreach=foreach),
}


def size_of(tensors):
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def state_of(optimizer):
    return size_of(v for state in optimizer.state.values() for v in state.values() if v is not None)


def trained(precision, name, foreach):
    """Make two steps; return the bytes of each part, counted."""
    model = GPT(CONFIG)
    model = model.bfloat16() if precision in ("bfloat16", "master") else model
    weights = list(model.parameters())
    master = [p.detach().float() for p in weights] if precision == "master" else []
    optimizer = MAKE[name]([nn.Parameter(p) for p in master] or weights, foreach)
    updated = optimizer.param_groups[0]["params"]
    ids, targets = torch.randint(CONFIG.vocab, (2, 4, 8))
    for _ in range(2):
        optimizer.zero_grad()
        with (
            SavedBytes(model, ids, targets) as saved,
            torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"),
        ):
            loss = model.loss(ids, targets)
        kept = saved.nbytes
        loss.backward()
        for copy, p in zip(updated, weights, strict=True):
            copy.grad = p.grad if precision != "master" else p.grad.float()
        with LiveBytes() as step:
            optimizer.step()
    gradients = size_of(p.grad for p in weights)
    return size_of(weights), gradients, size_of(master), state_of(optimizer), kept, step.peak


@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("precision", ["float32", "autocast", "bfloat16", "master"])
def test_each_part_is_what_is_counted(precision, name, foreach):
    parts = estimate_memory(CONFIG, 4, 8, precision, name, foreach=foreach)
    hidden = 0 if precision == "autocast" else (4 * 8 + CONFIG.vocab) * CONFIG.dim
    hidden *= 2 if precision in ("bfloat16", "master") else 4  # held by linear_cross_entropy
    found = trained(precision, name, foreach)
    expected = (
        parts.parameters,
        parts.gradients,
        parts.master,
        parts.optimizer,
        parts.activations - hidden,
        parts.step_temporaries,
    )
    assert found == expected


def test_sixteen_bytes():
    numel = 1_000_003
    for precision in ("float32", "autocast", "master"):
        assert model_states([numel], precision).states == 16 * numel + 4
    assert model_states([numel], "bfloat16").states == 8 * numel + 4
    assert model_states([]).states == 0


def held(rank, stage, name):
    torch.manual_seed(0)
    model = GPT(CONFIG)
    zero = stage(model, [*model.blocks], lambda p: MAKE[name](p, False))
    ids = torch.randint(CONFIG.vocab, (1, 8))
    for _ in range(2):
        zero.zero_grad()
        zero(ids).square().mean().backward()
        zero.average_gradients()
        between = zero.held_bytes()
        with LiveBytes() as step:
            zero.optimizer.step()
        zero.step()
    return between, zero.held_bytes(), zero.peak, step.peak


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_pieces_of_zero(number, name, size):
    stage = (Zero1, Zero2, Zero3)[number - 1]
    parallel = Parallel(data=size, zero=number)
    parts = estimate_memory(CONFIG, size, 8, "float32", name, parallel)
    for between, after, peak, temporaries in run_ranks(held, size, stage, name):
        assert after["parameters"] == parts.parameters
        assert after["optimizer"] == parts.optimizer
        if number > 1:
            assert between["gradients"] == parts.gradients
        assert temporaries == parts.step_temporaries
        whole = peak["parameters"] + peak["gradients"]
        assert whole <= parts.parameters + parts.gradients + parts.in_flight
        assert number == 1 or whole > parts.parameters + parts.gradients


def cut_weights(rank, config):
    return size_of(ParallelGPT(config).parameters())


@pytest.mark.parametrize("size", [2, 4])
def test_weights_of_tensor_parallelism(size):
    parts = estimate_memory(CONFIG, 2, 8, parallel=Parallel(tensor=size))
    assert run_ranks(cut_weights, size, CONFIG) == [parts.parameters] * size


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("stages", [1, 2, 4])
def test_stages_of_a_pipeline(stages, recompute):
    ids, targets = torch.randint(CONFIG.vocab, (2, 2, 8))
    x = ids
    schedule = one_f_one_b(stages, 3)
    timeline = simulate(schedule)
    for number, stage in enumerate(gpt_stages(GPT(CONFIG), stages)):
        if recompute:
            for block in stage.blocks:
                block.forward = recomputed(block.forward)
        with SavedBytes(stage, ids, targets) as saved:
            y = stage(x)
            if number == stages - 1:
                y = nn.functional.cross_entropy(y.flatten(0, 1), targets.flatten())
        parallel = Parallel(pipeline=stages, micro_batches=3, stage=number)
        parts = estimate_memory(CONFIG, 6, 8, parallel=parallel, recompute=recompute)
        assert parts.parameters == size_of(stage.parameters())
        if stages > 1:
            assert parts.activations == saved.nbytes * timeline.peak(number)
        x = y.detach().requires_grad_()


def kept_in_a_pipeline(rank, stages, count, ids, targets):
    def loss(y, targets):
        return nn.functional.cross_entropy(y.flatten(0, 1), targets.flatten())

    stage = gpt_stages(GPT(CONFIG), stages)[rank]
    shape = (len(ids) // count, ids.shape[1], CONFIG.dim)
    pipeline = Pipeline(one_f_one_b(stages, count), [stage], loss, shape)
    with SavedBytes(stage, ids, targets) as saved:
        pipeline.step(ids, targets)
    return saved.peak, saved.nbytes


@pytest.mark.parametrize(("stages", "count"), [(2, 1), (2, 3), (4, 2), (4, 6)])
def test_the_most_that_a_running_pipeline_keeps(stages, count):
    ids, targets = torch.randint(CONFIG.vocab, (2, 2 * count, 8))
    found = run_ranks(kept_in_a_pipeline, stages, stages, count, ids, targets)
    for number, (peak, left) in enumerate(found):
        parallel = Parallel(pipeline=stages, micro_batches=count, stage=number)
        assert peak == estimate_memory(CONFIG, 2 * count, 8, parallel=parallel).activations
        assert left == 0


def recomputed(forward):
    return lambda *args: torch.utils.checkpoint.checkpoint(forward, *args, use_reentrant=False)


@pytest.mark.parametrize("precision", ["float32", "autocast", "bfloat16"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_after_forward_is_what_is_counted_and_the_floor_is_below_the_peak(count, precision):
    model = GPT(CONFIG).bfloat16() if precision == "bfloat16" else GPT(CONFIG)
    ids, targets = torch.randint(CONFIG.vocab, (2, 8, 12))
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    counted = []
    with LiveBytes() as meter:
        for _ in range(2):
            optimizer.zero_grad()
            for x, y in zip(ids.chunk(count), targets.chunk(count), strict=True):
                with torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"):
                    loss = model.loss(x, y)
                counted.append(meter.live - loss.nbytes)
                loss.backward()
                del loss
            optimizer.step()
    parts = estimate_memory(CONFIG, 8, 12, precision, parallel=Parallel(micro_batches=count))
    counters = 4 * len(list(model.parameters()))  # made by no operation: the meter misses them
    assert parts.after_forward == max(counted) + parts.parameters + counters
    peak = meter.peak + parts.parameters + counters
    assert parts.floor <= peak <= 1.25 * parts.floor  # the most is 1.17, under autocast


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": "float16"}, "expected a precision of float32, autocast, bfloat16, master"),
        ({"optimizer": "lion"}, "expected an optimizer of sgd, momentum, adamw, got 'lion'"),
        ({"batch": 0}, "expected a batch that is a multiple of 1, got 0"),
        ({"batch": -4}, "expected a batch that is a multiple of 1, got -4"),
        ({"length": 0}, "expected length of at least 1, got 0"),
        ({"length": 13}, "expected a length of at most 12, got 13"),
        ({"parallel": Parallel(data=3)}, "expected a batch that is a multiple of 3, got 4"),
        ({"parallel": Parallel(micro_batches=8)}, "expected a batch that is a multiple of 8"),
        ({"parallel": Parallel(pipeline=3)}, "expected layers to be a multiple of 3 stages, got 4"),
        ({"parallel": Parallel(tensor=3)}, "to be a multiple of the 3 ranks"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given = {"batch": 4, "length": 8} | change
    with pytest.raises(ValueError, match=message):
        estimate_memory(CONFIG, **given)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"data": 0}, "expected numbers of at least 1"),
        ({"tensor": -1}, "expected numbers of at least 1"),
        ({"zero": 4}, "expected a ZeRO stage from 0 to 3, got 4"),
        ({"pipeline": 2, "stage": 2}, "expected a pipeline stage from 0 to 1, got 2"),
    ],
)
def test_impossible_layouts_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Parallel(**fields)


def test_negative_sizes_are_refused():
    with pytest.raises(ValueError, match="expected sizes of at least 0, got -1"):
        model_states([3, -1])
    assert not distributed.is_initialized()
