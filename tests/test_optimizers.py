"""`reference_impl.optimizers` against `torch.optim`: paths, states, state dicts, clipping, averages."""

import copy
import io
import math

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import reference_impl.optimizers as ours
from reference_impl.optimizers.optimizer import Optimizer

STEPS = 200
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-6, torch.bfloat16: 0.0}
small = st.sampled_from([0.0, 0.01, 0.3])
decay = st.sampled_from([0.5, 0.9, 0.99])
flag = st.booleans()
rate = st.sampled_from([0.0, 1e-3, 0.02, 0.1])


def options(**own):
    return st.fixed_dictionaries({"lr": rate, "weight_decay": small}, optional=own)


def valid_sgd(chosen):
    return not chosen.get("nesterov") or (
        chosen.get("momentum", 0) > 0 and chosen.get("dampening", 0) == 0
    )


adam = options(betas=st.tuples(decay, decay), eps=st.sampled_from([1e-8, 1e-3]), amsgrad=flag, maximize=flag)  # fmt: skip  # one algorithm, one line
ALGORITHMS = {
    "SGD": options(
        momentum=st.sampled_from([0.0, 0.5, 0.9]),
        dampening=st.sampled_from([0.0, 0.3]),
        nesterov=flag,
        maximize=flag,
    ).filter(valid_sgd),
    "Adagrad": options(lr_decay=small, eps=st.sampled_from([1e-10, 0.1]), maximize=flag),
    "RMSprop": options(
        alpha=decay, momentum=st.sampled_from([0.0, 0.9]), centered=flag, maximize=flag
    ),
    "Adam": adam,
    "AdamW": adam,
    "Muon": options(
        momentum=decay,
        nesterov=flag,
        ns_steps=st.integers(1, 6),
        adjust_lr_fn=st.sampled_from([None, "original", "match_rms_adamw"]),
    ),
}
SHAPES = {"Muon": [(3, 2), (2, 5), (4, 4)], None: [(3, 2), (5,), (), (0, 3), (2, 1, 2)]}


class Run:
    """One optimizer with its parameters, in groups of their own options."""

    def __init__(self, library, name, groups, dtype, **everywhere):
        generator = torch.Generator().manual_seed(1)
        shapes = SHAPES.get(name, SHAPES[None])
        self.params = [
            torch.randn(s, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
            for s in shapes
        ]
        parts = [{"params": self.params[i :: len(groups)], **g} for i, g in enumerate(groups)]
        self.optimizer = getattr(library, name)(parts, **everywhere)

    def steps(self, first, last, seed=0):
        """Gradients, the parameters that have none, and the rates depend on the step alone."""
        for n in range(first, last):
            generator = torch.Generator().manual_seed(1000 * seed + n)
            for param in self.params:
                grad = torch.randn(param.shape, generator=generator, dtype=torch.float64)
                missing = torch.rand((), generator=generator) < 0.25
                param.grad = None if missing else grad.to(param.dtype)
            if n % 50 == 49:
                for group in self.optimizer.param_groups:
                    group["lr"] *= 0.7
            self.optimizer.step()


def assert_close(a, b, dtype):
    tolerance = TOLERANCE[dtype]
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def assert_same(ours_, theirs, dtype, skip=()):
    for a, b in zip(ours_.params, theirs.params, strict=True):
        assert_close(a, b, dtype)
        mine, other = ours_.optimizer.state.get(a, {}), theirs.optimizer.state.get(b, {})
        assert mine.keys() == other.keys()
        for key in mine.keys() - set(skip):
            assert mine[key].dtype == other[key].dtype
            assert_close(mine[key], other[key], dtype)


@pytest.mark.parametrize("name", ALGORITHMS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_hundreds_of_steps_are_those_of_torch(name, data):
    groups = data.draw(st.lists(ALGORITHMS[name], min_size=1, max_size=3))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32, torch.bfloat16]))
    seed = data.draw(st.integers(0, 1000))
    everywhere = {}
    if name == "Adagrad":
        everywhere["initial_accumulator_value"] = data.draw(small)
    if name == "Muon" and dtype == torch.bfloat16:
        groups = [{**group, "nesterov": True} for group in groups]  # see the test on its buffer
    runs = [Run(library, name, groups, dtype, **everywhere) for library in (ours, torch.optim)]
    for run in runs:
        run.steps(0, STEPS, seed)
    assert_same(*runs, dtype)


def test_muon_leaves_its_buffer_as_it_is():
    """PyTorch 2.13 normalises it in place, for bfloat16 without nesterov."""
    buffers = []
    for library in (ours, torch.optim):
        w = torch.zeros(2, 2, dtype=torch.bfloat16, requires_grad=True)
        w.grad = torch.full((2, 2), 100.0, dtype=torch.bfloat16)
        optimizer = library.Muon([w], momentum=0.5, nesterov=False)
        optimizer.step()
        buffers.append(optimizer.state[w]["momentum_buffer"].float().norm().item())
    assert buffers == pytest.approx([100.0, 1.0], rel=0.01)


def test_each_group_of_adagrad_starts_where_it_says():
    """PyTorch 2.13 starts all groups at the value given to the constructor."""
    w = leaf()
    group = {"params": [w], "initial_accumulator_value": 0.5}
    assert ours.Adagrad([group]).state[w]["sum"].tolist() == [0.5, 0.5]
    assert torch.optim.Adagrad([group]).state[w]["sum"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("direction", ["torch to ours", "ours to torch"])
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_a_state_dict_goes_over_and_the_run_goes_on(name, direction, data):
    groups = data.draw(st.lists(ALGORITHMS[name], min_size=1, max_size=3))
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32]))
    source, target = (torch.optim, ours) if direction == "torch to ours" else (ours, torch.optim)
    there = Run(source, name, groups, dtype)
    there.steps(0, 60)
    file = io.BytesIO()
    torch.save(there.optimizer.state_dict(), file)
    file.seek(0)
    here = Run(target, name, [{} for _ in groups], dtype)
    here.optimizer.load_state_dict(torch.load(file))  # weights_only, the default: plain data
    with torch.no_grad():
        for new, old in zip(here.params, there.params, strict=True):
            new.copy_(old)
    for run in (here, there):
        run.steps(60, 200)
    assert_same(*((here, there) if target is ours else (there, here)), dtype)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_the_foreach_implementations_agree_too(name):
    one = Run(ours, name, [{"weight_decay": 0.01}], torch.float64)
    other = Run(torch.optim, name, [{"weight_decay": 0.01}], torch.float64, foreach=True)
    for run in (one, other):
        run.steps(0, 300)
    for a, b in zip(one.params, other.params, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_defaults_are_those_of_torch(name):
    w = torch.zeros(2, 2, requires_grad=True)
    kind, original = getattr(ours, name), getattr(torch.optim, name)
    mine, theirs = kind([w]).defaults, original([w]).defaults
    assert mine == {key: theirs[key] for key in mine}
    assert theirs.keys() - mine.keys() <= {"foreach", "fused", "capturable", "differentiable"}


@pytest.mark.parametrize("name", ["SGD", "Adam", "Muon"])
def test_a_closure_computes_the_gradient_and_its_loss_is_returned(name):
    losses = []
    for library in (ours, torch.optim):
        w = torch.eye(3).requires_grad_()
        optimizer = getattr(library, name)([w], lr=0.1)

        def closure(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (w - 2).square().sum()
            loss.backward()
            return loss

        losses.append([optimizer.step(closure).item() for _ in range(100)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    assert losses[0][-1] < losses[0][0]
    w.grad = None
    assert optimizer.step() is None


def test_zero_grad_drops_or_fills():
    w = torch.ones(2, requires_grad=True)
    optimizer = ours.SGD([w], lr=0.1)
    w.sum().backward()
    grad = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is grad
    assert not grad.any()
    optimizer.zero_grad()
    assert w.grad is None


def leaf(*shape):
    return torch.ones(*shape or (2,), requires_grad=True)


one = leaf()
REFUSED_BY_BOTH = {
    "a tensor": lambda kind: kind(one, lr=0.1),
    "an empty list": lambda kind: kind([], lr=0.1),
    "an exhausted generator": lambda kind: kind((p for p in ()), lr=0.1),
    "a set": lambda kind: kind([{"params": {one}}], lr=0.1),
    "not a tensor": lambda kind: kind([1.0], lr=0.1),
    "a non-leaf": lambda kind: kind([one * 2], lr=0.1),
    "two groups": lambda kind: kind([{"params": [one]}, {"params": [one]}], lr=0.1),
    "some names": lambda kind: kind([("a", one), leaf()], lr=0.1),
    "one group named": lambda kind: kind([{"params": [("a", one)]}, {"params": [leaf()]}], lr=0.1),
    "no dict": lambda kind: kind([one], lr=0.1).add_param_group([one]),
    "no params": lambda kind: kind([one], lr=0.1).add_param_group({}),
    "negative lr": lambda kind: kind([one], lr=-0.1),
    "negative weight decay": lambda kind: kind([one], lr=0.1, weight_decay=-1.0),
    "more groups": lambda kind: kind([{"params": [one]}, {"params": [leaf()]}], lr=0.1).load_state_dict(kind([one], lr=0.1).state_dict()),
    "larger group": lambda kind: kind([one, leaf()], lr=0.1).load_state_dict(kind([one], lr=0.1).state_dict()),
}  # fmt: skip  # a table


@pytest.mark.parametrize("what", REFUSED_BY_BOTH)
def test_bad_input_is_refused_as_torch_refuses_it(what):
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - its type and words are what is compared
        REFUSED_BY_BOTH[what](torch.optim.SGD)
    with pytest.raises(theirs.type) as raised:
        REFUSED_BY_BOTH[what](ours.SGD)
    words = str(theirs.value).split()[:3]
    if "negative" not in what and not isinstance(raised.value, jaxtyping.TypeCheckError):
        assert str(raised.value).split()[:3] == words


def test_a_parameter_twice_in_one_group_warns_as_in_torch():
    w = leaf()
    for kind in (torch.optim.SGD, ours.SGD):
        with pytest.warns(UserWarning, match="group with duplicate parameters"):
            kind([w, w], lr=0.1)


REFUSED_BY_US = {
    "lr of one group": (
        lambda: ours.SGD([{"params": [leaf()], "lr": -1.0}]),
        "lr to be a number >= 0, got -1.0",
    ),
    "lr is a tensor": (
        lambda: ours.Adam([{"params": [leaf()], "lr": torch.tensor(0.1)}]),
        "expected lr to be a number",
    ),
    "nesterov alone": (lambda: ours.SGD([leaf()], nesterov=True), "got momentum=0.0"),
    "beta of 1": (lambda: ours.Adam([leaf()], betas=(1.0, 0.9)), r"got \(1.0, 0.9\)"),
    "a vector for Muon": (lambda: ours.Muon([leaf()]), r"size: torch.Size\(\[2\]\)"),
    "another rule": (lambda: ours.Muon([leaf(2, 2)], adjust_lr_fn="fast"), "got 'fast'"),
}


@pytest.mark.parametrize("what", REFUSED_BY_US)
def test_what_torch_lets_through_is_refused_with_words(what):
    call, words = REFUSED_BY_US[what]
    with pytest.raises(ValueError, match=words):
        call()


def test_complex_and_sparse_are_refused():
    with pytest.raises(TypeError, match="complex64"):
        ours.SGD([torch.zeros(2, dtype=torch.complex64, requires_grad=True)])
    w = leaf(2, 2)
    w.grad = torch.eye(2).to_sparse()
    with pytest.raises(RuntimeError, match="dense gradient"):
        ours.Adam([w]).step()


def test_the_base_class_has_no_algorithm():
    w = leaf()
    w.grad = torch.ones(2)
    with pytest.raises(NotImplementedError, match="no update"):
        Optimizer([w], {"lr": 0.1, "weight_decay": 0.0}).step()


def test_groups_keep_their_options_and_the_callers_dict_is_left_alone():
    mine = {"params": [leaf()], "lr": 0.5, "note": "head"}
    optimizer = ours.AdamW([mine, {"params": [leaf()]}], lr=0.1)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 0.1]
    assert optimizer.param_groups[0]["note"] == "head"
    assert mine.keys() == {"params", "lr", "note"}
    assert repr(optimizer).splitlines()[:3] == [
        "AdamW (",
        "Parameter Group 0",
        "    amsgrad: False",
    ]


def test_names_travel_with_the_state_dict():
    model = nn.Linear(2, 2)
    for source, target in ((ours, torch.optim), (torch.optim, ours)):
        named = source.AdamW(model.named_parameters(), lr=0.1)
        other = target.AdamW(nn.Linear(2, 2).parameters(), lr=0.1)
        other.load_state_dict(named.state_dict())
        assert other.param_groups[0]["param_names"] == ["weight", "bias"]


def trained(kind, *shapes):
    params = [leaf(*shape) for shape in shapes]
    optimizer = kind(params)
    for param in params:
        param.grad = torch.ones_like(param)
    optimizer.step()
    return optimizer


def test_a_state_of_another_shape_is_refused_when_it_is_loaded():
    saved = trained(ours.Adam, (2, 3), (3,)).state_dict()
    optimizer = ours.Adam([leaf(3), leaf(2, 3)])
    with pytest.raises(ValueError, match=r"exp_avg .* shape \(3,\), got \(2, 3\)"):
        optimizer.load_state_dict(saved)
    assert not optimizer.state


def test_loading_copies_and_casts_all_but_the_step():
    source = trained(ours.Adam, (2,))
    w = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    optimizer = ours.Adam([w])
    optimizer.load_state_dict(source.state_dict())
    theirs = torch.optim.Adam([w])
    theirs.load_state_dict(source.state_dict())
    for key, value in optimizer.state[w].items():
        assert value.dtype == theirs.state[w][key].dtype
    again = ours.Adam([leaf()])
    again.load_state_dict(source.state_dict())
    (old,), (new,) = source.state.values(), again.state.values()
    assert all(old[key].data_ptr() != new[key].data_ptr() for key in old)
    assert old["step"].dtype == torch.float32


def test_adam_takes_the_kind_of_decay_from_what_it_loads_and_adamw_keeps_its_own():
    for library in (ours, torch.optim):
        adam, adamw = library.Adam([leaf()]), library.AdamW([leaf()])
        coupled, decoupled = adam.state_dict(), adamw.state_dict()
        adam.load_state_dict(decoupled)
        adamw.load_state_dict(coupled)
        assert adam.param_groups[0]["decoupled_weight_decay"]
        assert adamw.param_groups[0]["decoupled_weight_decay"]


def test_an_optimizer_can_be_copied_with_its_model():
    model = nn.Linear(2, 2)
    optimizer = ours.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    twin, twin_optimizer = copy.deepcopy((model, optimizer))
    twin.weight.grad = torch.ones(2, 2)
    twin_optimizer.step()
    assert not torch.equal(twin.weight, model.weight)


def test_momentum_switched_on_later_starts_from_nothing():
    """PyTorch's RMSprop raises a KeyError here; its SGD starts a buffer, as both of ours do."""
    w = leaf()
    optimizer = ours.RMSprop([w])
    w.grad = torch.ones(2)
    optimizer.step()
    optimizer.param_groups[0]["momentum"] = 0.9
    optimizer.step()
    assert "momentum_buffer" in optimizer.state[w]


# --- orthogonalization


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 8), cols=st.integers(1, 8), seed=st.integers(0, 99))
def test_orthogonalization_keeps_singular_vectors_and_brings_values_near_one(rows, cols, seed):
    torch.manual_seed(seed)
    k = min(rows, cols)
    u, _ = torch.linalg.qr(torch.randn(rows, k))
    v, _ = torch.linalg.qr(torch.randn(cols, k))
    x = u @ torch.diag(torch.rand(k) + 0.2) @ v.T
    result = u.T @ ours.orthogonalize(x).float() @ v
    assert ((result.diag() > 0.5) & (result.diag() < 1.4)).all()
    assert (result - torch.diag(result.diag())).abs().max() < 0.2


# --- clipping


@settings(max_examples=40, deadline=None)
@given(
    max_norm=st.floats(0.01, 10.0),
    norm=st.sampled_from([1.0, 2.0, 3.5, math.inf]),
    seed=st.integers(0, 999),
    missing=st.sets(st.integers(0, 3)),
)
def test_clipping_is_that_of_torch(max_norm, norm, seed, missing):
    torch.manual_seed(seed)
    shapes = [(2, 3), (4,), (), (1,) if norm == math.inf else (0,)]
    sets = [
        [leaf(*s) if s else torch.tensor(1.0, requires_grad=True) for s in shapes] for _ in "ab"
    ]
    for i, pair in enumerate(zip(*sets, strict=True)):
        grad = torch.randn(shapes[i])
        for w in pair:
            w.grad = None if i in missing else grad.clone()
    norms = [
        clip(params, max_norm, norm_type=norm)
        for clip, params in zip(
            (ours.clip_grad_norm_, torch.nn.utils.clip_grad_norm_), sets, strict=True
        )
    ]
    torch.testing.assert_close(*norms)
    for a, b in zip(*sets, strict=True):
        torch.testing.assert_close(a.grad, b.grad)
    ours.clip_grad_value_(sets[0], 0.2)
    if len(missing) == len(shapes):  # PyTorch raises an internal error where no gradient is there
        return
    torch.nn.utils.clip_grad_value_(sets[1], 0.2)
    for a, b in zip(*sets, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_a_norm_that_is_not_finite_is_refused_on_demand():
    w = leaf()
    w.grad = torch.tensor([math.nan, 1.0])
    with pytest.raises(RuntimeError, match="got nan"):
        ours.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    assert w.grad[1] == 1.0
    assert ours.clip_grad_norm_([], 1.0) == 0.0


# --- averages


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.floats(-10, 10), min_size=1, max_size=30), beta=st.floats(0.0, 0.99))
def test_the_average_is_the_weighted_sum_of_its_definition(values, beta):
    corrected = ours.ExponentialMovingAverage(beta, bias_correction=True)
    plain = ours.ExponentialMovingAverage(beta)
    for value in values:
        corrected.update(value)
        plain.update(torch.tensor(value, dtype=torch.float64))
    ages = range(len(values) - 1, -1, -1)
    weights = [(1 - beta) * beta**age for age in ages]
    total = sum(w * v for w, v in zip(weights, values, strict=True))
    assert corrected.value == pytest.approx(total / sum(weights), abs=1e-9)
    start = beta ** len(values) * values[0]
    assert plain.value.item() == pytest.approx(total + start, abs=1e-9)


def test_an_average_keeps_no_link_to_the_tensor_it_was_given():
    x = torch.ones(2, requires_grad=True)
    mean = ours.ExponentialMovingAverage(0.9)
    mean.update(x)
    with torch.no_grad():
        x.mul_(5)
    assert mean.value.tolist() == [1.0, 1.0]
    assert not mean.value.requires_grad


def test_half_life_and_decay_are_each_others_inverse():
    for n in (0.5, 1.0, 10.0, 693.0):
        assert ours.half_life(ours.decay_for(n)) == pytest.approx(n)
    for bad in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            ours.half_life(bad)
    with pytest.raises(ValueError, match="above 0"):
        ours.decay_for(0.0)
    with pytest.raises(ValueError, match="decay"):
        ours.ExponentialMovingAverage(1.0)


@pytest.mark.parametrize("use_buffers", [False, True])
@settings(max_examples=5, deadline=None)
@given(beta=st.sampled_from([0.0, 0.5, 0.99, 1.0]), seed=st.integers(0, 99))
def test_averaged_weights_are_those_of_averaged_model(use_buffers, beta, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    mine = ours.AveragedWeights(model, beta, use_buffers)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(beta), use_buffers=use_buffers)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        model(torch.randn(8, 3).double()).square().mean().backward()
        optimizer.step()
        mine.update_parameters(model)
        theirs.update_parameters(model)
    a, b = mine.state_dict(), theirs.state_dict()
    assert a.keys() == b.keys()
    for key in a:
        torch.testing.assert_close(a[key], b[key], rtol=1e-12, atol=1e-12)
    theirs.load_state_dict(a)
    mine.load_state_dict(b)
    x = torch.randn(5, 3).double()
    torch.testing.assert_close(mine.eval()(x), theirs.eval()(x))


def test_the_weights_of_another_model_are_refused():
    average = ours.AveragedWeights(nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"shape \(2, 2\), got \(2, 3\)"):
        average.update_parameters(nn.Linear(3, 2))
    with pytest.raises(ValueError, match="decay"):
        ours.AveragedWeights(nn.Linear(2, 2), decay=1.5)


# --- groups


def test_weight_decay_groups_leave_out_the_frozen_and_list_the_shared_once():
    embedding, head = nn.Embedding(5, 3), nn.Linear(3, 5)
    head.weight = embedding.weight
    model = nn.Sequential(embedding, nn.LayerNorm(3), nn.Linear(3, 3), head)
    model[2].bias.requires_grad_(False)
    decayed, rest = ours.weight_decay_groups(model, 0.1)
    assert [name for name, _ in decayed["params"]] == ["0.weight", "2.weight"]
    assert [name for name, _ in rest["params"]] == ["1.weight", "1.bias", "3.bias"]
    for library in (ours, torch.optim):
        optimizer = library.AdamW(ours.weight_decay_groups(model, 0.1), lr=0.1)
        assert [g["weight_decay"] for g in optimizer.param_groups] == [0.1, 0.0]


@pytest.mark.parametrize(
    ("model", "decay"), [(nn.Linear(3, 2, bias=False), 0.1), (nn.LayerNorm(3), 0.0)]
)
def test_weight_decay_groups_leave_out_an_empty_group(model, decay):
    """An empty list has no names, and is refused beside a group with names."""
    (group,) = ours.weight_decay_groups(model, 0.1)
    assert group["weight_decay"] == decay
    assert [name for name, _ in group["params"]] == [name for name, _ in model.named_parameters()]
    for library in (ours, torch.optim):
        library.AdamW([dict(group)], lr=0.1)
        with pytest.raises(ValueError, match="with/without names"):
            library.AdamW([dict(group), {"params": []}], lr=0.1)
