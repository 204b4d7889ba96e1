"""`recompute` is `torch.utils.checkpoint`, plans are the best there are, and checked policies refuse what torch takes."""

import functools
import itertools
import random

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, Block, GPTConfig
from reference_impl.memory import (
    CPU_ATTENTION_FLOPS,
    RecomputeError,
    SavedBytes,
    Segment,
    chain_peak,
    checked_policy,
    gpt_activations,
    keep_contexts,
    plan_segments,
    recompute,
)

torch_checkpoint = functools.partial(checkpoint, use_reentrant=False)


class InPlace(nn.Module):
    """Changes its own copy, and keeps it after the change."""

    def forward(self, x):
        return nn.functional.dropout((x * 2).sin_().add_(1), 0.1, inplace=True).exp()


class Chain(nn.Module):
    """Random layers over `{"x": tensor, "pair": (tensor, number)}`; returns a nested structure likewise."""

    def __init__(self, draw):
        super().__init__()
        choices = [
            nn.Tanh,
            nn.GELU,
            nn.Sigmoid,
            nn.ReLU,
            lambda: nn.Dropout(0.3),
            lambda: nn.Linear(6, 6),
            lambda: nn.LayerNorm(6),
            lambda: nn.Softmax(-1),
            InPlace,
        ]
        layers = [draw.choice(choices)() for _ in range(draw.randint(1, 7))]
        self.layers = nn.Sequential(nn.Linear(6, 6), *layers)

    def forward(self, inputs, *, scale=1.0, bias=None):
        x = self.layers(inputs["x"]) * scale
        other, number = inputs["pair"]
        x = x + number * other.square().sum(-1, keepdim=True)
        x = x if bias is None else x * bias["deep"][0]
        return {"first": x, "rest": [x.detach().exp(), (x.sin(), number)]}


def gradients(draw_seed, use, autocast):
    torch.manual_seed(draw_seed)
    draw = random.Random(draw_seed)
    chains = nn.ModuleList(Chain(draw) for _ in range(draw.randint(1, 3)))
    x, other, bias = (torch.randn(4, 6, requires_grad=draw.random() < 0.8) for _ in range(3))
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        hidden, total = x, torch.zeros(())
        for i, chain in enumerate(chains):
            deep = {"deep": [bias]} if i % 2 else None
            out = use(chain, {"x": hidden, "pair": (other, 0.5)}, scale=1.5, bias=deep)
            hidden, total = out["first"], total + out["rest"][0].mean() + out["rest"][1][0].sum()
        total = total + hidden.float().square().sum()
    total.backward()
    tensors = [x, other, bias, *chains.parameters()]
    return [total.detach(), torch.rand(3), *(t.grad for t in tensors)]


def assert_same(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert (a is None and b is None) or torch.equal(a, b)


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("early_stop", [True, False])
def test_random_nets_are_as_without_and_as_with_torch(autocast, early_stop):
    ours = functools.partial(recompute, early_stop=early_stop)
    for seed in range(60):
        plain = gradients(seed, lambda f, *args, **kwargs: f(*args, **kwargs), autocast)
        assert_same(gradients(seed, ours, autocast), plain)
        assert_same(gradients(seed, torch_checkpoint, autocast), plain)


def test_without_the_random_state_dropout_goes_wrong():
    # The only difference from a run that is right: so the test above can fail.
    x = torch.ones(1000, requires_grad=True)
    for keep in (True, False):
        y = recompute(nn.functional.dropout, x, preserve_rng_state=keep)
        (grad,) = torch.autograd.grad(y.sum(), x)
        assert torch.equal(grad, y.detach()) == keep


def test_the_same_bytes_and_operations_as_torch():
    config = GPTConfig(vocab=40, context=24, dim=24, layers=3, heads=3)
    blocks = [Block(config) for _ in range(3)]
    x = torch.randn(2, 24, 24, requires_grad=True)
    found = {}
    for use in (recompute, torch_checkpoint):
        for early_stop in (True, False):
            y = x
            mode = FlopCounterMode(display=False, custom_mapping=CPU_ATTENTION_FLOPS)
            with SavedBytes(*blocks, x) as saved, mode:
                for block in blocks:
                    y = use(block, y, early_stop=early_stop)
                kept = saved.nbytes
                y.sum().backward()
                assert saved.nbytes == 0
            found[use, early_stop] = kept, mode.get_total_flops()
    for early_stop in (True, False):
        assert found[recompute, early_stop] == found[torch_checkpoint, early_stop]
    assert found[recompute, True][0] == 2 * x.nbytes
    assert found[recompute, True][1] < found[recompute, False][1]


def test_a_gpt_keeps_what_the_formula_says():
    config = GPTConfig(vocab=37, context=20, dim=12, layers=3, heads=3)
    model, (ids, targets) = GPT(config), torch.randint(37, (2, 3, 20))
    for block in model.blocks:
        block.forward = functools.partial(recompute, block.forward)
    with SavedBytes(model, ids, targets) as saved:
        loss = model.loss(ids, targets)
    terms = gpt_activations(config, 3, 20, recompute=True)
    assert saved.nbytes == sum(term.nbytes for term in terms if term.hooked)
    assert loss.requires_grad


def test_recomputed_tensors_are_freed_one_by_one():
    x = torch.ones(1000, requires_grad=True)

    def four(x):
        return x.exp().exp().exp().exp()

    peaks = {}
    for use in (recompute, torch_checkpoint):
        with LiveBytes() as meter:
            y = use(four, x * 1e-3)
            del_to = meter.live
            y.sum().backward()
        peaks[use] = del_to, meter.peak
    assert peaks[recompute] == peaks[torch_checkpoint]
    assert peaks[recompute][0] == 2 * 4000  # the input and the output


def nested(use, x, depth):
    if depth == 0:
        return nn.functional.dropout(x.sin(), 0.2)
    half = functools.partial(nested, use, depth=depth - 1)
    return use(half, use(half, x) * 2)


def test_calls_inside_calls():
    results = {}
    for use in (lambda f, x: f(x), recompute, torch_checkpoint):
        torch.manual_seed(0)
        x = torch.ones(50, requires_grad=True)
        y = nested(use, x, 3)
        results[use] = torch.autograd.grad(y.sum(), x)[0]
    plain, *others = results.values()
    for other in others:
        assert torch.equal(plain, other)


def test_other_ways_backward():
    x = torch.randn(5, requires_grad=True)
    w = torch.randn(5, requires_grad=True)

    def function(x):
        y = (x * w).sin()
        (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)  # backward inside
        return y.exp() * slope

    plain, ours = function(x), recompute(function, x)
    for _ in range(2):  # the same graph twice, and parts of it
        for inputs in ([x], [w], [x, w]):
            assert_same(
                torch.autograd.grad(ours.sum(), inputs, retain_graph=True),
                torch.autograd.grad(plain.sum(), inputs, retain_graph=True),
            )
    second = [
        torch.autograd.grad(torch.autograd.grad(y.sum(), x, create_graph=True)[0].sum(), w)
        for y in (plain, ours)
    ]
    assert_same(*second)


def test_no_gradient_asked():
    calls = []
    with torch.no_grad(), SavedBytes() as saved:
        assert recompute(lambda x: calls.append(1) or x.exp(), torch.ones(3)).tolist()
    assert recompute(torch.exp, torch.ones(3)).requires_grad is False
    assert (calls, saved.nbytes) == ([1], 0)


def test_catching_everything_inside_does_not_stop_the_early_stop():
    runs = []

    def function(x):
        try:
            return x.exp()
        except Exception as error:
            runs.append(error)
            raise

    x = torch.ones(2, requires_grad=True)
    recompute(function, x).sum().backward()
    assert runs == []
    assert x.grad is not None


def test_tensors_without_memory():
    with torch.device("meta"):
        layer, x = nn.Linear(3, 3), torch.ones(2, 3, requires_grad=True)
    recompute(lambda x: layer(x).exp(), x).sum().backward()
    assert layer.weight.grad.shape == (3, 3)


def test_two_inputs_that_share_memory_and_one_that_is_no_tensor():
    x = torch.arange(6.0).requires_grad_()
    half = x * 2

    def function(a, b, power, none, text):
        assert (power, none, text) == (2, None, "text")
        return (a[:3] * b[3:]).pow(power)

    y = recompute(function, half, half.detach(), 2, None, "text")
    found = torch.autograd.grad(y.sum(), x, retain_graph=True)
    assert_same(found, torch.autograd.grad(function(half, half.detach(), 2, None, "text").sum(), x))


def test_the_input_changed_in_place():
    x = torch.ones(3, requires_grad=True) * 1
    y = recompute(torch.sin, x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize(
    ("second", "early_stop", "message"),
    [
        (lambda x: x.sin() * 1, True, "expected 2 tensors to be kept, as in the first run, got 1"),
        (
            lambda x: x.sin().sin().sin(),
            False,
            "expected 2 tensors to be kept, as in the first run, got 3",
        ),
        (
            lambda x: x[:1].sin().sin(),
            True,
            r"expected tensor 0 to be torch.float32 of shape \(3,\) on cpu",
        ),
        (lambda x: x.sin().double().sin(), True, "as in the first run, got torch.float64 of shape"),
    ],
)
def test_another_second_run_is_refused(second, early_stop, message):
    turns = iter([lambda x: x.sin().sin(), second])
    x = torch.ones(3, requires_grad=True)
    y = recompute(lambda x: next(turns)(x), x, early_stop=early_stop)
    with pytest.raises(RecomputeError, match=message):
        y.sum().backward()


def test_an_error_of_the_function_comes_out():
    def function(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        recompute(function, torch.ones(1, requires_grad=True))
    x = torch.ones(1, requires_grad=True)
    x.exp().backward()  # no hook stayed behind
    assert x.grad is not None


# Plans


def every_plan(count):
    for cuts in itertools.product([False, True], repeat=count - 1):
        bounds = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), count]
        pairs = list(itertools.pairwise(bounds))
        options = [(True, False) if stop == start + 1 else (True,) for start, stop in pairs]
        for again in itertools.product(*options):
            yield [Segment(*pair, flag) for pair, flag in zip(pairs, again, strict=True)]


def work(segments, costs):
    return sum(sum(costs[s.start : s.stop]) for s in segments if s.recompute)


def test_plans_are_the_best_of_all():
    draw = random.Random(0)
    for _ in range(150):
        count = draw.randint(1, 6)
        inputs = [draw.randint(0, 5) for _ in range(count)]
        kept = [least + draw.randint(0, 20) for least in inputs]
        costs = [draw.randint(1, 9) for _ in range(count)]
        options = [(chain_peak(s, kept, inputs), work(s, costs)) for s in every_plan(count)]
        least = min(peak for peak, _ in options)
        plan = plan_segments(kept, inputs, costs)
        assert (plan.peak, plan.again) == min(options)
        budget = draw.randint(least, sum(kept))
        plan = plan_segments(kept, inputs, costs, budget)
        fitting = [option for option in options if option[0] <= budget]
        assert (plan.again, plan.peak) == min((cost, peak) for peak, cost in fitting)
        for wanted in (plan, plan_segments(kept, inputs, costs, sum(kept))):
            assert chain_peak(wanted.segments, kept, inputs) == wanted.peak
            assert work(wanted.segments, costs) == wanted.again
        with pytest.raises(ValueError, match=f"expected a budget of at least {least}"):
            plan_segments(kept, inputs, costs, least - 1)


class Keeper(torch.autograd.Function):
    """Keeps its input and `extra` rows beside it; backward needs no memory but its gradient."""

    meter, seen = None, None

    @staticmethod
    def forward(ctx, x, extra):
        more = x.new_zeros(extra, 100)
        ctx.save_for_backward(x, more)
        return x + 1

    @staticmethod
    def backward(ctx, grad):
        saved = ctx.saved_tensors  # the first who asks starts the second run
        Keeper.seen.append(Keeper.meter.live)
        return grad, None if len(saved) == 2 else saved


def test_a_plan_is_what_a_run_keeps():
    unit, draw = 400, random.Random(3)
    for _ in range(20):
        rows = [draw.randint(0, 9) for _ in range(draw.randint(1, 9))]
        kept = [unit * (1 + extra) for extra in rows]
        for budget in (None, sum(kept) // 2, sum(kept)):
            try:
                plan = plan_segments(kept, [unit] * len(rows), budget=budget)
            except ValueError:
                continue
            with LiveBytes() as meter:
                Keeper.meter, Keeper.seen = meter, []
                x = torch.zeros(1, 100, requires_grad=True)
                for segment in plan.segments:
                    part = rows[segment.start : segment.stop]
                    run = functools.partial(functools.reduce, lambda x, n: Keeper.apply(x, n), part)
                    x = recompute(run, x, early_stop=False) if segment.recompute else run(x)
                x.backward(torch.ones(1, 100), retain_graph=False)
            # On top: the output and the gradient on its way, each of one unit.
            assert max(Keeper.seen) == plan.peak + 2 * unit


def test_what_is_no_chain_is_refused():
    with pytest.raises(ValueError, match="expected lists of one length of at least 1, got 2, 1"):
        plan_segments([1, 1], [1])
    with pytest.raises(ValueError, match="got 0, 0 and 0"):
        plan_segments([], [])
    with pytest.raises(ValueError, match="expected an input from 0 to the 3 that block 1 keeps"):
        plan_segments([1, 3], [1, 4])


# Selective


@pytest.mark.parametrize("names", [("attention",), ("products",), ("attention", "products")])
def test_kept_operations_run_once(names):
    config = GPTConfig(vocab=40, context=24, dim=24, layers=1, heads=3)
    block, x = Block(config), torch.randn(2, 24, 24, requires_grad=True)

    def count(again):
        # The counter takes some operations apart, so it has to see both runs or none.
        mode = FlopCounterMode(display=False, custom_mapping=CPU_ATTENTION_FLOPS)
        with mode:
            y = torch_checkpoint(block, x, context_fn=keep_contexts(*names)) if again else block(x)
            y.sum().backward()  # the counter can't do `torch.autograd.grad`
        grads = [t.grad for t in (x, *block.parameters())]
        x.grad = block.zero_grad()
        ends = {"attention": "for_cpu", "products": "mm"}
        flops = mode.get_flop_counts()["Global"]
        sums = {n: sum(v for k, v in flops.items() if str(k).endswith(e)) for n, e in ends.items()}
        return grads, sums

    (plain, once), (grads, twice) = count(again=False), count(again=True)
    assert_same(grads, plain)
    for name in ("attention", "products"):
        assert (twice[name] == once[name]) == (name in names)


def test_answers_that_torch_takes_for_recompute():
    x = torch.ones(2, 2, requires_grad=True)
    kept = []
    for answer in ("save", None, CheckpointPolicy.MUST_CPU_OFFLOAD):

        def policy(ctx, op, *args, answer=answer, **kwargs):
            return answer

        def run(policy):
            contexts = functools.partial(create_selective_checkpoint_contexts, policy)
            return torch_checkpoint(lambda x: (x @ x).sin(), x, context_fn=contexts)

        with LiveBytes() as meter:
            y = run(policy)  # torch says nothing
        kept.append(meter.live - y.nbytes)
        with pytest.raises(ValueError, match=r"expected (a CheckpointPolicy|to save or)"):
            run(checked_policy(policy))
    assert kept == [0, 0, 0]


def test_checked_answers_go_through():
    def policy(ctx, op, *args, **kwargs):
        return op is torch.ops.aten.mm.default

    x = torch.ones(2, 2, requires_grad=True)
    contexts = functools.partial(create_selective_checkpoint_contexts, checked_policy(policy))
    with LiveBytes() as meter:
        y = torch_checkpoint(lambda x: (x @ x).sin(), x, context_fn=contexts)
    assert meter.live == 2 * y.nbytes
    with pytest.raises(ValueError, match="expected names of attention, products, got 'matmul'"):
        keep_contexts("products", "matmul")
    with pytest.raises(ValueError, match="expected names of attention, products, got ''"):
        keep_contexts()


def test_a_kept_tensor_that_was_changed_in_place_is_refused():
    x = torch.zeros(3, requires_grad=True)
    y = recompute(lambda x: x.exp().add_(1).sin(), x)
    with pytest.raises(RecomputeError, match="tensor 0 was changed in place"):
        y.sum().backward()


def test_the_second_run_is_on_the_default_device_of_the_first():
    with torch.device("meta"):
        x = torch.zeros(3, requires_grad=True)
        y = recompute(lambda x: (x * torch.ones(3)).exp(), x)
    y.sum().backward()
    assert x.grad.shape == (3,)
    assert x.grad.device.type == "meta"
