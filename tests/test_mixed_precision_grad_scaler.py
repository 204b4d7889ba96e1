"""`GradScaler` beside PyTorch's: the same scale, skips, weights, state dict and errors, step by step."""

import copy
import random
import warnings

import pytest
import torch

from reference_impl.mixed_precision import GradScaler, unscale_in_place
from reference_impl.optimizers import AdamW, clip_grad_norm_

Theirs = torch.amp.GradScaler


def make_side(scaler):
    """Two optimizers of three parameters in two dtypes, under one scaler."""
    torch.manual_seed(0)
    weights = [torch.randn(n).to(d).requires_grad_() for n, d in
               [(3, torch.float32), (5, torch.float64), (4, torch.bfloat16)]]  # fmt: skip  # a list reads as a list
    optimizers = [
        torch.optim.AdamW(weights[:2], lr=0.01),
        torch.optim.SGD(weights[2:], lr=0.01, momentum=0.9),
    ]
    return scaler, weights, optimizers


def one_step(side, plan):
    """Do what the plan says; return everything that can be seen from outside."""
    scaler, weights, optimizers = side
    losses = scaler.scale([torch.tensor(0.5), torch.tensor(2.0)])
    for weight, grad in zip(weights, plan["grads"], strict=True):
        weight.grad = None if grad is None else grad.clone()
    for optimizer, clip in zip(optimizers, plan["clip"], strict=True):
        parameters = optimizer.param_groups[0]["params"]
        if clip:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        if any(p.grad is not None for p in parameters):
            scaler.step(optimizer)
    if plan["new_scale"] is None:
        scaler.update()
    else:
        scaler.update(plan["new_scale"])
    grads = [None if w.grad is None else w.grad.clone() for w in weights]
    return losses, grads, [w.detach().clone() for w in weights], scaler.get_scale()


def make_plan(rng):
    """A random step: gradients with an inf or a nan now and then, missing ones, clipping, a set scale."""
    grads = []
    for n, dtype in [(3, torch.float32), (5, torch.float64), (4, torch.bfloat16)]:
        grad = (torch.randn(n) * 10 ** rng.uniform(-3, 5)).to(dtype)
        if rng.random() < 0.05:
            grad[rng.randrange(n)] = rng.choice([float("inf"), float("-inf"), float("nan")])
        grads.append(grad)
    if rng.random() < 0.05:
        grads[rng.randrange(1, 3)] = (
            None  # the first stays: a step without any gradient is an error
        )
    new_scale = rng.uniform(0.5, 1e5) if rng.random() < 0.002 else None
    clip = [rng.random() < 0.3, rng.random() < 0.3 and grads[2] is not None]
    return {"grads": grads, "clip": clip, "new_scale": new_scale}


def same(a, b):
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)
    return a == b


def restart(side, scale):
    """Set the scale and the weights, and forget the optimizers' state; the same numbers for either side."""
    scaler, weights, optimizers = side
    scaler.load_state_dict(scaler.state_dict() | {"scale": scale})
    for weight in weights:
        weight.data.fill_(1.0)
    for optimizer in optimizers:
        optimizer.state.clear()


def test_same_tells_apart():
    nan, inf = torch.tensor([float("nan")]), torch.tensor([float("inf")])
    assert same([nan, inf], [nan.clone(), inf.clone()])
    for a, b in [(nan, torch.zeros(1)), (inf, torch.full((1,), torch.finfo().max)), (inf, -inf),
                 (torch.ones(1), torch.ones(1).half()), (torch.zeros(1), torch.full((1,), 1e-45)),
                 ([nan], [nan, nan])]:  # fmt: skip  # a list reads as a list
        assert not same(a, b)


def test_equal_to_torch_over_ten_thousand_random_steps():
    options = {
        "init_scale": 3.0e4,
        "growth_factor": 1.9,
        "backoff_factor": 0.6,
        "growth_interval": 7,
    }
    ours, theirs = make_side(GradScaler("cpu", **options)), make_side(Theirs("cpu", **options))
    rng, scales, largest = random.Random(0), set(), 0.0
    torch.manual_seed(1)
    for step in range(10_000):
        if step % 100 == 0:  # the scale drifts down, and what is divided by it up: begin again
            for side in (ours, theirs):
                restart(side, options["init_scale"])
        plan = make_plan(rng)
        assert same(one_step(ours, plan), one_step(theirs, plan)), step
        assert ours[0].state_dict() == theirs[0].state_dict(), step
        scales.add(ours[0].get_scale())
        largest = max(largest, *(w.detach().abs().max().item() for w in ours[1]))
        if step % 1000 == 999:  # hand over, each way
            mine, other = copy.deepcopy(ours[0].state_dict()), theirs[0].state_dict()
            ours = (GradScaler("cpu", init_scale=1.0), *ours[1:])
            ours[0].load_state_dict(other)
            theirs = (Theirs("cpu", init_scale=1.0), *theirs[1:])
            theirs[0].load_state_dict(mine)
    assert len(scales) > 500  # it grew and shrank all the time
    assert 1e-3 < min(scales) < 3e3
    assert 1e6 < max(scales) < 1e9
    assert 1e3 < largest < 1e9  # weights move, and stay far from the ends of their types


def test_the_scale_stops_growing_before_it_overflows():
    ours, theirs = (S("cpu", init_scale=2.0**127, growth_interval=1) for S in (GradScaler, Theirs))
    for scaler in (ours, theirs):
        weight = torch.ones(1, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.0)
        for _ in range(3):
            scaler.scale(weight.sum())
            weight.grad = torch.ones(1)
            scaler.step(optimizer)
            scaler.update()
    assert ours.state_dict() == theirs.state_dict()
    assert ours.get_scale() == 2.0**127


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_unscaling_rounds_as_torch_does(dtype):
    torch.manual_seed(0)
    for _ in range(200):
        scale = torch.rand(()) * 10.0 ** torch.randint(-3, 6, ()).item() + 1e-3
        grads = [torch.randn(n).to(dtype) for n in (0, 1, 30)]
        grads[2][torch.rand(30) < 0.01] = float("nan")
        theirs, found = [g.clone() for g in grads], torch.zeros(())
        inverse = scale.double().reciprocal().float()
        torch._amp_foreach_non_finite_check_and_unscale_(theirs, found, inverse)
        assert unscale_in_place(grads, scale) == found
        assert same(grads, theirs)


def test_sparse_gradients():
    tables = []
    for scaler in (GradScaler(init_scale=8.0), Theirs("cpu", init_scale=8.0)):
        torch.manual_seed(0)
        table = torch.nn.Embedding(5, 2, sparse=True)
        optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
        scaler.scale(table(torch.tensor([1, 1, 3])).square().sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        tables.append(table.weight.detach())
    assert torch.equal(*tables)


def test_accumulated_and_clipped_with_our_own_optimizer():
    ends = []
    for scaler in (GradScaler(init_scale=1024.0), None):
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 1)
        optimizer = AdamW(model.parameters(), lr=0.1)
        for _ in range(5):
            for _ in range(3):
                loss = model(torch.randn(8, 4)).square().mean() / 3
                (loss if scaler is None else scaler.scale(loss)).backward()
            if scaler is not None:
                scaler.unscale_(optimizer)
            clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step() if scaler is None else scaler.step(optimizer)
            optimizer.zero_grad()
            if scaler is not None:
                scaler.update()
        ends.append(model.weight.detach())
    assert torch.equal(*ends)  # a power of two changes no digit


def test_not_enabled_it_does_nothing():
    odd = {"init_scale": 0.0, "growth_factor": 0.0, "backoff_factor": 2.0, "growth_interval": 0}
    for scaler in (
        GradScaler(enabled=False),
        GradScaler(enabled=False, **odd),
        Theirs("cpu", enabled=False, **odd),
    ):
        weight = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=1.0)
        loss = weight.sum()
        assert scaler.scale(loss) is loss
        loss.backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        scaler.load_state_dict({})
        assert weight.tolist() == [0.0, 0.0]
        assert (scaler.state_dict(), scaler.get_scale(), scaler.is_enabled()) == ({}, 1.0, False)


def misuse(kind):
    """Return a function that takes a scaler class, misuses it, and hands each gradient to a list at the end."""

    def ready(cls):
        scaler, weight = cls("cpu", init_scale=4.0), torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scaler.scale(weight.sum()).backward()
        return scaler, optimizer

    def run(cls, weights):
        scaler, optimizer = ready(cls)
        weights.extend(optimizer.param_groups[0]["params"])
        if kind == "unscale twice":
            scaler.unscale_(optimizer)
            scaler.unscale_(optimizer)
        elif kind == "unscale after step":
            scaler.step(optimizer)
            scaler.unscale_(optimizer)
        elif kind == "step twice":
            scaler.step(optimizer)
            scaler.step(optimizer)
        elif kind == "step without gradients":
            optimizer.zero_grad()
            scaler.step(optimizer)
        elif kind == "step before scale":
            cls("cpu").step(optimizer)
        elif kind == "unscale before scale":
            cls("cpu").unscale_(optimizer)
        elif kind == "update before scale":
            cls("cpu").update()
        elif kind == "update before step":
            scaler.update()
        elif kind == "closure":
            scaler.step(optimizer, closure=lambda: None)
        elif kind == "float16 gradients":
            half = torch.ones(2, dtype=torch.float16, requires_grad=True)
            half.grad = torch.ones_like(half)
            scaler.step(torch.optim.SGD([half], lr=0.1))
        elif kind == "float16 gradients, not the first":
            half = torch.ones(2, dtype=torch.float16, requires_grad=True)
            half.grad = torch.ones_like(half)
            weights.append(half)
            optimizer.add_param_group({"params": [half]})
            scaler.unscale_(optimizer)
        elif kind == "unscale twice without gradients":
            optimizer.zero_grad()
            scaler.unscale_(optimizer)
            scaler.unscale_(optimizer)
        elif kind == "gradients after unscale":
            optimizer.zero_grad()
            scaler.unscale_(optimizer)
            weights[0].grad = torch.full((2,), 4.0)
            scaler.step(optimizer)
        elif kind == "update after unscale without gradients":
            optimizer.zero_grad()
            scaler.unscale_(optimizer)
            scaler.update()
        elif kind == "not a tensor":
            scaler.scale(3.0)
        elif kind == "an iterator of no tensors":
            list(scaler.scale(number for number in [1.0]))
        elif kind == "empty state":
            scaler.load_state_dict({})
        elif kind == "growth":
            cls("cpu", growth_factor=1.0)
        elif kind == "backoff":
            cls("cpu", backoff_factor=1.0)

    return run


@pytest.mark.parametrize(
    "kind",
    ["unscale twice", "unscale after step", "step twice", "step without gradients", "step before scale",
     "unscale before scale", "update before scale", "update before step", "closure", "float16 gradients",
     "not a tensor", "empty state", "growth", "backoff", "float16 gradients, not the first",
     "unscale twice without gradients", "gradients after unscale", "update after unscale without gradients",
     "an iterator of no tensors"],
)  # fmt: skip  # a list reads as a list
def test_misuse_raises_what_torch_raises(kind):
    raised = []
    for cls in (GradScaler, Theirs):
        weights = []
        with pytest.raises((RuntimeError, AssertionError, ValueError)) as caught:
            misuse(kind)(cls, weights)
        ends = [(w.tolist(), None if w.grad is None else w.grad.tolist()) for w in weights]
        raised.append((caught.type, str(caught.value), ends))
    assert raised[0] == raised[1]


def test_losses_in_any_iterable():
    for make in (list, tuple, iter, lambda losses: (loss for loss in losses)):
        losses = [torch.tensor(0.5), [torch.tensor(2.0), torch.tensor(3.0)]]
        ours, theirs = (cls("cpu").scale(make(losses)) for cls in (GradScaler, Theirs))
        assert type(ours) is type(theirs)
        assert same(list(ours), list(theirs))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_that_is_no_positive_number_is_refused(scale):
    scaler, weight = GradScaler(), torch.ones(1, requires_grad=True)
    scaler.scale(weight.sum())
    for call in (
        lambda: GradScaler(init_scale=scale),
        lambda: scaler.update(scale),
        lambda: scaler.load_state_dict(scaler.state_dict() | {"scale": scale}),
    ):
        with pytest.raises(ValueError, match="positive, finite number"):
            call()
    with pytest.raises(ValueError, match="growth_interval"):
        GradScaler(growth_interval=0)
    with pytest.raises(ValueError, match="backoff_factor"):
        GradScaler(backoff_factor=0.0)


def test_a_resumed_run_equals_one_that_was_not_stopped():
    def run(stop):
        torch.manual_seed(0)
        model, scaler = torch.nn.Linear(3, 1), GradScaler(init_scale=2.0**100, growth_interval=3)
        optimizer, seen = torch.optim.SGD(model.parameters(), lr=0.1), []
        for step in range(60):
            if step == stop:
                state = scaler.state_dict()
                scaler = GradScaler()
                scaler.load_state_dict(state)
            optimizer.zero_grad()
            scaler.scale(model(torch.ones(2, 3)).sum() * 1e10).backward()
            scaler.step(optimizer)
            scaler.update()
            seen.append((scaler.get_scale(), model.bias.item()))
        return seen

    assert run(stop=None) == run(stop=31)
    assert len({scale for scale, _ in run(None)}) > 3


def test_a_fused_optimizer_is_skipped_too():
    weight = torch.ones(2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer, scaler = (
            torch.optim.SGD([weight], lr=0.1, fused=True),
            GradScaler(init_scale=4.0),
        )
        scaler.scale((weight * float("inf")).sum()).backward()
        scaler.step(optimizer)
        assert weight.tolist() == [1.0, 1.0]
        scaler.update()
        weight.grad = None
        scaler.scale(weight.sum()).backward()
        scaler.step(optimizer)
    assert torch.equal(weight.detach(), torch.full((2,), 1 - 0.1))
