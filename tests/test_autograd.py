"""`reference_impl.autograd` against PyTorch: values, gradients, flags, and which calls raise."""

import re
import textwrap
import threading
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import reference_impl.autograd as ag
from reference_impl.autograd import Tensor
from reference_impl.autograd.gradient_checks import numerical_jacobian

pytestmark = [
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
    pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True"),
    # NumPy speaks of overflow and of log(0), PyTorch does not; the results are compared all the same
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

OURS = SimpleNamespace(
    name="ours",
    tensor=lambda data, requires_grad=False: Tensor(
        np.array(data, dtype=np.float64), requires_grad=requires_grad
    ),
    Tensor=Tensor,
    Function=ag.Function,
    grad=ag.grad,
    backward=ag.backward,
    no_grad=ag.no_grad,
    enable_grad=ag.enable_grad,
    set_grad_enabled=ag.set_grad_enabled,
    gradcheck=ag.gradcheck,
    array=lambda t: t.data,
)
TORCH = SimpleNamespace(
    name="torch",
    tensor=lambda data, requires_grad=False: torch.tensor(
        np.asarray(data), dtype=torch.float64, requires_grad=requires_grad
    ),
    Tensor=torch.Tensor,
    Function=torch.autograd.Function,
    grad=torch.autograd.grad,
    backward=torch.autograd.backward,
    no_grad=torch.no_grad,
    enable_grad=torch.enable_grad,
    set_grad_enabled=torch.set_grad_enabled,
    gradcheck=torch.autograd.gradcheck,
    array=lambda t: t.detach().numpy(),
)
LIBRARIES = (TORCH, OURS)


def same(ours, theirs, what=""):
    """Compare two tensors, or two absences."""
    assert (ours is None) == (theirs is None), f"{what}: ours {ours}, torch {theirs}"
    if ours is not None:
        a, b = ours.data, theirs.detach().numpy()
        assert a.shape == b.shape, f"{what}: shape {a.shape}, torch {b.shape}"
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=what)


def outcome(call):
    """Return what a call gives, and the exception it raises."""
    try:
        return call(), None
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        return None, error


# Random programs -----------------------------------------------------------------------------

VALUES = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
SHAPES = ((), (1,), (3,), (2, 3), (1, 3), (2, 1), (3, 3), (2, 1, 3), (0,), (0, 3))


def arrays(shape):
    size = int(np.prod(shape))
    numbers = st.lists(st.sampled_from(VALUES), min_size=size, max_size=size)
    return numbers.map(lambda values: np.array(values, dtype=np.float64).reshape(shape))


UNARY = {
    "neg": lambda x: -x,
    "exp": lambda x: x.exp(),
    "log": lambda x: (x * x + 0.5).log(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "clone": lambda x: x.clone(),
    "square": lambda x: x**2,
    "cube": lambda x: x**3.0,
    "times": lambda x: 3 * x,
    "over": lambda x: 1 / (x * x + 1),
    "shift": lambda x: 2 - x,
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "max": lambda x: x.max(),
    "amax": lambda x: x.amax(),
    "flatten": lambda x: x.reshape(-1),
    "unsqueeze": lambda x: x[None],
    "T": lambda x: x.permute(*reversed(range(x.ndim))) if x.ndim else x.permute(()),
    "detach": lambda x: x.detach(),
}
WITH_DIM = {
    "sum": lambda x, d, k: x.sum(d, k),
    "mean": lambda x, d, k: x.mean(d, k),
    "amax": lambda x, d, k: x.amax(d, k),
    "max": lambda x, d, k: x.max(d, k)[0],
    "softmax": lambda x, d, k: x.softmax(d),
    "log_softmax": lambda x, d, k: x.log_softmax(d),
    "transpose": lambda x, d, k: x.transpose(d, -1),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 0.5),
    "pow": lambda a, b: (a * a + 0.5) ** b + 0,  # PyTorch always saves the power: see below
    "matmul": lambda a, b: a @ b,
}
IN_PLACE = {
    "add_": lambda x: x.add_(1.0),
    "mul_": lambda x: x.mul_(0.5),
    "zero_": lambda x: x.zero_(),
    "fill_": lambda x: x.fill_(0.25),
    "relu_": lambda x: x.relu_(),
    "exp_": lambda x: x.exp_(),
}
IN_PLACE_WITH = {
    "add_": lambda a, b: a.add_(b),
    "sub_": lambda a, b: a.sub_(b),
    "mul_": lambda a, b: a.mul_(b),
    "copy_": lambda a, b: a.copy_(b),
    "fill_": lambda a, b: a.fill_(b),
}
INDICES = (
    0,
    -1,
    2,
    slice(1, None),
    slice(None, None, 2),
    slice(0, 0),
    ...,
    None,
    (..., 0),
    (0, None),
    (slice(None), 1),
    (slice(1), slice(1, 3)),
    [0, 0],
    [1, 0],
    (slice(None), [0, 0, 1]),
    ([0, 1], [1, 0]),
    (0, [1, 2]),
    ([[0], [1]], [0, 2]),
    (0, slice(None), [1, 2]),
    (..., [0]),
)


def leads_nowhere(tensor):
    """Whether this is a view, made under no_grad, of a tensor that requires a gradient."""
    edge, error = outcome(tensor._edge)
    return tensor.requires_grad and edge is None and error is None


class Program:
    """The same steps on both libraries; after each one the two are compared."""

    def __init__(self, data, in_place=True):
        self.draw = data.draw
        self.pairs = []
        self.ahead = []  # by how much our version was ahead: PyTorch's `vector @ matrix` starts at 1
        self.in_place = in_place
        self.log = []

    def step(self, name, call, *numbers, keep=True):
        """Run `call` on the tensors with these numbers, in PyTorch first."""
        self.log.append((name, numbers))
        ours, theirs = zip(*[self.pairs[i] for i in numbers], strict=True)
        if keep and any(leads_nowhere(t) for t in ours):
            return False  # operations on these save nothing, in PyTorch some things: see the page
        expected, error = outcome(lambda: call(*theirs))
        if error is not None and str(error).startswith("unsupported operation: some elements"):
            return False  # operands that overlap in part: PyTorch refuses, we compute
        result, raised = outcome(lambda: call(*ours))
        if isinstance(raised, IndexError) and error is None and not expected.numel():
            return False  # nothing is taken, so PyTorch does not look at the index
        text = f"{self.log}: ours {raised!r}, torch {error!r}"
        assert type(raised) is type(error), text
        if keep and isinstance(expected, torch.Tensor):
            aliases = any(result._counter is t._counter for t in ours)
            assume(
                aliases == any(expected.data_ptr() == t.data_ptr() for t in theirs)
                or not expected.numel()
            )
            self.pairs.append((result, expected))
            self.ahead.append(result._version - expected._version)
        return error is None

    def pick(self):
        return self.draw(st.integers(0, len(self.pairs) - 1))

    def leaf(self, shape=None, requires_grad=None):
        shape = self.draw(st.sampled_from(SHAPES)) if shape is None else shape
        array = self.draw(arrays(shape))
        flag = self.draw(st.booleans()) if requires_grad is None else requires_grad
        self.pairs.append(tuple(library.tensor(array, flag) for library in (OURS, TORCH)))
        self.ahead.append(0)
        self.log.append(("leaf", array.tolist(), flag))

    def random_step(self):
        kinds = ["unary", "unary", "dim", "binary", "binary", "binary", "index"]
        if self.in_place:
            kinds += ["in_place", "in_place", "in_place_with", "setitem", "no_grad", "flags"]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "unary":
            name = self.draw(st.sampled_from(sorted(UNARY)))
            self.step(name, UNARY[name], self.pick())
        elif kind == "dim":
            name = self.draw(st.sampled_from(sorted(WITH_DIM)))
            dim, keep = self.draw(st.integers(-2, 2)), self.draw(st.booleans())
            self.step((name, dim, keep), lambda x: WITH_DIM[name](x, dim, keep), self.pick())
        elif kind == "binary":
            name = self.draw(st.sampled_from(sorted(BINARY)))
            self.step(name, BINARY[name], self.pick(), self.pick())
        elif kind == "index":
            index = self.draw(st.sampled_from(INDICES))
            self.step(("index", index), lambda x: x[index], self.pick())
        elif kind == "in_place":
            name = self.draw(st.sampled_from(sorted(IN_PLACE)))
            self.step(name, IN_PLACE[name], self.pick(), keep=False)
        elif kind == "in_place_with":
            name = self.draw(st.sampled_from(sorted(IN_PLACE_WITH)))
            self.step(name, IN_PLACE_WITH[name], self.pick(), self.pick(), keep=False)
        elif kind == "setitem":
            index, number = self.draw(st.sampled_from(INDICES)), self.pick()
            if self.step(("index", index), lambda x: x[index], number, keep=False):
                # Else PyTorch may have written a part before it raised.
                write = lambda x: x.__setitem__(index, 0.75)  # noqa: E731 - as the tables above
                self.step(("setitem", index), write, number, keep=False)
        elif kind == "no_grad":
            self.no_grad_step()
        else:
            name = self.draw(st.sampled_from(["retain_grad", "requires_grad_", "freeze", "hook"]))
            calls = {
                "retain_grad": lambda x: x.retain_grad(),
                "requires_grad_": lambda x: x.requires_grad_(),
                "freeze": lambda x: x.requires_grad_(False),
                "hook": lambda x: x.register_hook(lambda g: g * 2),
            }
            self.step(name, calls[name], self.pick(), keep=False)

    def no_grad_step(self):
        pool = {**UNARY, **IN_PLACE}
        name = self.draw(st.sampled_from(sorted(pool)))

        def call(x):
            with OURS.no_grad(), TORCH.no_grad():
                return pool[name](x)

        self.step(("no_grad", name), call, self.pick(), keep=name in UNARY)

    def finish(self):
        """Add up some results and go back, twice."""
        chosen = self.draw(st.lists(st.integers(0, len(self.pairs) - 1), min_size=1, max_size=3))
        self.log.append(("backward", chosen))
        retain = self.draw(st.booleans())
        for _ in range(2):
            calls = []
            for side in (1, 0):

                def call(side=side):
                    total = self.pairs[chosen[0]][side].sum()
                    for i in chosen[1:]:
                        total = total + self.pairs[i][side].sum() * 2
                    total.backward(retain_graph=retain)

                calls.append(outcome(call)[1])
            assert type(calls[0]) is type(calls[1]), (
                f"{self.log}: torch {calls[0]!r}, ours {calls[1]!r}"
            )
            self.compare()

    def compare(self):
        for i, (ours, theirs) in enumerate(self.pairs):
            text = f"tensor {i} of {self.log}"
            array = theirs.detach().numpy()
            if not np.isfinite(array).all() or np.abs(array).max(initial=0) > 1e9:
                continue
            same(ours, theirs, text)
            assert ours.requires_grad == theirs.requires_grad, text
            assert ours._version - theirs._version == self.ahead[i], text
            leaf, error = outcome(lambda ours=ours: ours.is_leaf)
            expected, torch_error = outcome(lambda theirs=theirs: theirs.is_leaf)
            assert (leaf, type(error)) == (expected, type(torch_error)), text
            if theirs.grad is None or np.isfinite(theirs.grad.numpy()).all():
                same(ours.grad, theirs.grad, f"gradient of {text}")


COMMON = {
    "deadline": None,
    "report_multiple_bugs": False,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    "suppress_health_check": list(HealthCheck),
}


@settings(max_examples=400, **COMMON)
@given(st.data())
def test_random_programs_agree_with_torch(data):
    program = Program(data)
    for _ in range(data.draw(st.integers(1, 3))):
        program.leaf()
    program.leaf(shape=(2, 3), requires_grad=True)
    for _ in range(data.draw(st.integers(1, 10))):
        program.random_step()
    program.compare()
    program.finish()


# Values, first and second derivatives ----------------------------------------------------------


@settings(max_examples=150, **COMMON)
@given(st.data())
def test_random_expressions_agree_in_second_derivatives(data):
    program = Program(data, in_place=False)
    program.leaf(requires_grad=True)
    program.leaf(shape=(2, 3), requires_grad=True)
    for _ in range(data.draw(st.integers(1, 7))):
        program.random_step()
    ours, theirs = program.pairs[-1]
    leaves = program.pairs[:2]
    results = []
    for library, side, out in ((OURS, 0, ours), (TORCH, 1, theirs)):
        sources = [pair[side] for pair in leaves]

        def derive(library=library, out=out, sources=sources):
            first = library.grad((out * out).sum(), sources, create_graph=True, allow_unused=True)
            norm = sum((g * g).sum() for g in first if g is not None)
            return first, library.grad(norm, sources, allow_unused=True)

        results.append(outcome(derive))
    (got, raised), (expected, error) = results
    assert type(raised) is type(error), f"{program.log}: ours {raised!r}, torch {error!r}"
    if error is None:
        for mine, true in zip((*got[0], *got[1]), (*expected[0], *expected[1]), strict=True):
            if true is None or (
                np.isfinite(true.detach().numpy()).all() and true.abs().sum() < 1e9
            ):
                same(mine, true, str(program.log))


def smooth(shape, seed):
    """Numbers away from the places where relu and max have no derivative."""
    size = int(np.prod(shape))
    rng = np.random.default_rng(seed)
    return (rng.permutation(size) - size / 2 + 0.25 + rng.random(size) / 4).reshape(shape) / (
        size + 1
    )


DIFFERENTIABLE = {
    **{name: (f, ((2, 3),)) for name, f in UNARY.items() if name != "detach"},
    **{f"{name} 0-d": (f, ((),)) for name, f in UNARY.items() if name != "detach"},
    **{f"{name} dim": (lambda x, f=f: f(x, 1, False), ((2, 3),)) for name, f in WITH_DIM.items()},
    **{f"{name} keep": (lambda x, f=f: f(x, 0, True), ((2, 3),)) for name, f in WITH_DIM.items()},
    **{f"{name}": (f, ((2, 2), (2, 2))) for name, f in BINARY.items()},
    **{f"{n} broadcast": (BINARY[n], ((2, 1, 3), (2, 1))) for n in sorted(BINARY) if n != "matmul"},
    **{f"{n} scalar": (BINARY[n], ((), (2, 1))) for n in sorted(BINARY) if n != "matmul"},
    "matmul dot": (BINARY["matmul"], ((3,), (3,))),
    "matmul matrix vector": (BINARY["matmul"], ((2, 3), (3,))),
    "matmul vector batch": (BINARY["matmul"], ((3,), (2, 3, 2))),
    "matmul batch": (BINARY["matmul"], ((2, 1, 2, 3), (2, 3, 2))),
    "sum two dims": (lambda x: x.sum((0, 2), True), ((2, 2, 2),)),
    "mean two dims": (lambda x: x.mean((0, -1)), ((2, 2, 2),)),
    "amax two dims": (lambda x: x.amax((0, 1)), ((2, 2, 2),)),
    "expand": (lambda x: x.expand(3, 2, 2), ((2, 1),)),
    "permute": (lambda x: x.permute(2, 0, 1), ((2, 3, 1),)),
    "view": (lambda x: x.view(3, 2), ((2, 3),)),
    "reshape copy": (lambda x: x.transpose(0, 1).reshape(-1), ((2, 3),)),
    "slice": (lambda x: x[:, 1:], ((2, 3),)),
    "step": (lambda x: x[0, ::2], ((2, 3),)),
    "gather": (lambda x: x[[0, 1, 0], [2, 1, 2]], ((2, 3),)),
    "rows": (lambda x: x[[1, 1]], ((2, 3),)),
    "setitem": (lambda x, v: put(x, (slice(None), 1), v), ((2, 3), (2,))),
    "setitem rows": (lambda x, v: put(x, [1, 0], v), ((2, 3), (3,))),
    "exp_ on a view": (lambda x: in_view(x, lambda v: v.exp_()), ((2, 3),)),
    "mul_ on a view": (lambda x, y: in_view(x, lambda v: v.mul_(y)), ((2, 3), (2, 1))),
    "copy_ on a view": (lambda x, y: in_view(x, lambda v: v.copy_(y)), ((2, 3), (2, 1))),
    "copy_ on a transposed view": (
        lambda x, y: in_view(x.T * 1, lambda v: v.copy_(y)),
        ((3, 2), (2, 1)),
    ),
    "fill_": (lambda x, y: (x * 1).fill_(y), ((2, 3), ())),
    "relu_": (lambda x: (x * 1).relu_(), ((2, 3),)),
    "pow number 0": (lambda x: x**0, ((3,),)),
    "pow of a number": (lambda x: 2**x, ((3,),)),
}


def put(x, index, value):
    x = x * 1
    x[index] = value
    return x * x


def in_view(x, change):
    x = x * 1
    change(x[:, 1:])
    return x * x


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_operation_passes_gradcheck(name):
    func, shapes = DIFFERENTIABLE[name]
    inputs = [Tensor(smooth(shape, i), requires_grad=True) for i, shape in enumerate(shapes)]
    assert ag.gradcheck(func, inputs)
    assert ag.gradgradcheck(func, inputs)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_operation_agrees_with_torch(name):
    func, shapes = DIFFERENTIABLE[name]
    results = []
    for library in LIBRARIES:
        inputs = [library.tensor(smooth(shape, i), True) for i, shape in enumerate(shapes)]
        out = func(*inputs)
        weights = library.tensor(np.linspace(1, 2, int(np.prod(out.shape))).reshape(out.shape))
        first = library.grad((out * weights).sum(), inputs, create_graph=True)
        scalar = sum((g * g).sum() for g in first)
        second = library.grad(scalar, inputs, allow_unused=True) if scalar.requires_grad else []
        results.append([out, *first, *second])
    for theirs, ours in zip_longest(*results):
        if theirs is None:  # `x**0`: PyTorch gives a constant, we a zero that is still recorded
            assert ours is None or not ours.data.any()
        else:
            same(ours, theirs, name)


def test_finite_differences_by_hand():
    """`gradcheck` itself is held against the definition of the derivative."""
    x = Tensor([0.3, -1.2, 2.0], requires_grad=True)
    numerical = numerical_jacobian(lambda: x.tanh(), x)
    np.testing.assert_allclose(numerical, np.diag(1 - np.tanh(x.data) ** 2), atol=1e-9)
    np.testing.assert_array_equal(x.data, [0.3, -1.2, 2.0])


class Halved:
    """A wrong derivative of the square: half of it."""

    def make(self, library):
        class WrongSquare(library.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx, grad):
                (x,) = ctx.saved_tensors
                return grad * x

        return WrongSquare


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_gradcheck_finds_a_wrong_backward(library):
    wrong = Halved().make(library)
    x = library.tensor([1.0, 2.0], True)
    with pytest.raises(
        RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        library.gradcheck(wrong.apply, (x,))
    assert not library.gradcheck(wrong.apply, (x,), raise_exception=False)
    with pytest.raises(ValueError, match="gradcheck expects at least one input tensor to require"):
        library.gradcheck(wrong.apply, (x.detach(),))


def test_gradcheck_wants_float64():
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    with pytest.raises(ValueError, match="float64"):
        ag.gradcheck(lambda x: x * x, x)


MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((0, 3), (3, 4)),
    ((2, 0), (0, 4)),
    ((5, 0, 3), (3, 2)),
    ((1, 1), (1, 1)),
    ((), (3,)),
    ((3,), (2,)),
    ((2, 3), (2, 3)),
    ((2, 2, 3), (3, 3, 4)),
]  # fmt: skip - pairs of shapes read best packed


@pytest.mark.parametrize(("left", "right"), MATMUL_SHAPES)
@pytest.mark.parametrize("flags", [(True, True), (True, False), (False, True)])
def test_matmul_of_every_kind(left, right, flags):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    sides = []
    for library in LIBRARIES:
        x, y = library.tensor(a, flags[0]), library.tensor(b, flags[1])

        def run(x=x, y=y):
            out = x @ y
            (out * out).sum().backward()
            return out

        sides.append((*outcome(run), x, y))
    (expected, error, x, y), (got, raised, ours_x, ours_y) = sides
    assert type(raised) is type(error), f"ours {raised!r}, torch {error!r}"
    if error is None:
        for mine, true in ((got, expected), (ours_x.grad, x.grad), (ours_y.grad, y.grad)):
            same(mine, true)


indices = st.one_of(
    st.integers(-3, 3),
    st.none(),
    st.just(...),
    st.builds(
        slice,
        st.none() | st.integers(-3, 3),
        st.none() | st.integers(-3, 3),
        st.none() | st.integers(-1, 2).filter(bool),
    ),
    st.lists(st.integers(-3, 3), max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=3),
)


@settings(max_examples=400, **COMMON)
@given(st.sampled_from([(3,), (2, 3), (2, 3, 2), ()]), st.lists(indices, min_size=1, max_size=4))
def test_indexing_agrees_with_torch(shape, items):
    assume(items.count(...) <= 1)  # PyTorch lets a second `...` pass; NumPy and we do not
    array = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    sides = []
    for library in LIBRARIES:
        x = library.tensor(array, True)

        def run(x=x):
            index = tuple(
                torch.tensor(i, dtype=torch.long) if i == [] and isinstance(x, torch.Tensor) else i
                for i in items
            )
            out = x[index]
            (out * out).sum().backward()
            return out

        sides.append((*outcome(run), x.grad))
    (expected, error, grad), (got, raised, our_grad) = sides
    # PyTorch does not look at an index array if nothing is taken; NumPy and we do.
    assume(raised is None or expected is None or expected.numel())
    assert (raised is None) == (error is None), f"{items}: ours {raised!r}, torch {error!r}"
    if error is None:
        same(got, expected)
        same(our_grad, grad)


@pytest.mark.parametrize("mask", [np.array([[True, False], [False, True]]), np.zeros((2, 2), bool)])
def test_boolean_masks(mask):
    sides = []
    for library in LIBRARIES:
        x = library.tensor(np.arange(8.0).reshape(2, 2, 2), True)
        y = x * 1
        m = torch.tensor(mask) if library is TORCH else Tensor(mask)
        picked = y[m]
        y[m] = 5.0
        ((y * y).sum() + (picked * 3).sum()).backward()
        sides.append((y, x.grad))
    for theirs, ours in zip(*sides, strict=True):
        same(ours, theirs)


# What raises -----------------------------------------------------------------------------------

START = np.array([1.0, 2.0, 3.0])


def leaf(library):
    return library.tensor(START, True)


def exp_then_add(library):
    y = leaf(library).exp()
    y.add_(1)
    y.sum().backward()


def exp_in_place_then_add(library):
    y = leaf(library) * 2
    y.exp_()  # saves its result: y itself
    y.add_(1)
    y.sum().backward()


def saved_operand(library):
    y = leaf(library) * 2
    z = y * y
    y.add_(1)
    z.sum().backward()


def saved_leaf(library):
    x = leaf(library)
    loss = (x * x).sum()
    with library.no_grad():
        x.add_(1)
    loss.backward()


def through_detach(library):
    y = leaf(library) * 2
    loss = (y * y).sum()
    y.detach().zero_()
    loss.backward()


def through_a_view(library):
    y = leaf(library) * 2
    loss = (y * y).sum()
    y[0:1].zero_()
    loss.backward()


def itself(library):
    y = leaf(library) * 2
    y.mul_(y)
    y.sum().backward()


def twice(library):
    loss = leaf(library).exp().sum()
    loss.backward()
    loss.backward()


def twice_index(library):
    loss = leaf(library)[[0, 1]].sum()
    loss.backward()
    loss.backward()


def leaf_moved_into_the_graph(library):
    x, w = leaf(library), leaf(library)
    loss = x.sum()
    x.requires_grad_(False)
    x.add_(w)
    loss.backward()


def no_grad_view(library):
    x = leaf(library)
    with library.no_grad():
        w = x[1:]
    w.mul_(2)


def view_of_a_no_grad_view(library):
    x = leaf(library) * 1
    with library.no_grad():
        w = x[1:]
    w[:1].mul_(2)


def stale_no_grad_view(library):
    x = leaf(library) * 1
    with library.no_grad():
        w = x[1:]
    x.mul_(2)
    return w * 2


def function_returning(library, value):
    class Strange(library.Function):
        @staticmethod
        def forward(ctx, x, n):
            return x * n

        @staticmethod
        def backward(ctx, grad):
            return value(grad)

    Strange.apply(leaf(library), 2).sum().backward()


def no_backward(library):
    class Half(library.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    Half.apply(leaf(library)).sum().backward()


def saves_a_number(library):
    class Saves(library.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)
            return x * 2

    Saves.apply(leaf(library))


def function_saving(library, read_twice):
    class Exp(library.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    y = Exp.apply(leaf(library))
    if read_twice:
        y.sum().backward()
    else:
        y.add_(1)
    y.sum().backward()


def hooked(library, answer):
    y = leaf(library) * 2
    y.register_hook(lambda g: answer(library))
    y.sum().backward()


MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace"
SECOND = "Trying to backward through the graph a second time"
LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
LEAF_VIEW = "a view of a leaf Variable that requires grad is being used in an in-place operation."
NO_GRAPH = "element 0 of tensors does not require grad and does not have a grad_fn"
SCALAR = "grad can be implicitly created only for scalar outputs"
UNUSED = (
    "The differentiated Tensor at index 1 appears to not have been used in the graph. Set allow"
)
FLAGS = "you can only change requires_grad flags of leaf variables."
NO_GRAD_VIEW = "A view was created in no_grad mode and is being modified inplace with grad mode"
STALE = "A view was created in no_grad mode and its base or another view of its base has been"

RAISES = {
    "exp then add_": (exp_then_add, MODIFIED),
    "exp_ then add_": (exp_in_place_then_add, MODIFIED),
    "operand saved": (saved_operand, MODIFIED),
    "leaf saved, then an optimizer's step": (saved_leaf, MODIFIED),
    "through detach": (through_detach, MODIFIED),
    "through a view": (through_a_view, MODIFIED),
    "times itself": (itself, MODIFIED),
    "custom function, result modified": (lambda lib: function_saving(lib, False), MODIFIED),
    "custom function, twice": (lambda lib: function_saving(lib, True), SECOND),
    "twice": (twice, SECOND),
    "twice through an index": (twice_index, SECOND),
    "leaf": (lambda lib: leaf(lib).add_(1), LEAF),
    "leaf by index array": (lambda lib: leaf(lib).__setitem__([0, 1], 1.0), LEAF),
    "leaf by slice": (lambda lib: leaf(lib).__setitem__(0, 1.0), LEAF_VIEW),
    "view of a leaf": (lambda lib: leaf(lib)[1:].mul_(2), LEAF_VIEW),
    "leaf moved": (leaf_moved_into_the_graph, "leaf variable has been moved into the graph inter"),
    "view made under no_grad": (no_grad_view, NO_GRAD_VIEW),
    "view of a view made under no_grad": (view_of_a_no_grad_view, ""),
    "stale view made under no_grad": (stale_no_grad_view, STALE),
    "not a scalar": (lambda lib: leaf(lib).exp().backward(), SCALAR),
    "not a scalar, grad": (lambda lib: lib.grad(leaf(lib).exp(), [leaf(lib)]), SCALAR),
    "no graph": (lambda lib: lib.tensor(1.0).backward(), NO_GRAPH),
    "no graph, vector": (lambda lib: lib.tensor(START).backward(), NO_GRAPH),
    "second without graph": (
        lambda lib: lib.backward([leaf(lib).sum(), lib.tensor(1.0)]),
        "element 1 of tensors does not require grad",
    ),
    "gradient shape": (
        lambda lib: leaf(lib).exp().backward(lib.tensor([1.0])),
        r"Mismatch in shape: grad_output\[0\] has a shape of ",
    ),
    "unused": (lambda lib: (lambda x: lib.grad(x.sum(), [x, leaf(lib)]))(leaf(lib)), UNUSED),
    "input without grad": (
        lambda lib: lib.grad(leaf(lib).sum(), [lib.tensor(START)]),
        "One of the differentiated Tensors does not require grad",
    ),
    "flag off": (lambda lib: leaf(lib).exp().requires_grad_(False), FLAGS),
    "flag assigned": (lambda lib: setattr(leaf(lib).exp(), "requires_grad", True), FLAGS),
    "numpy()": (
        lambda lib: leaf(lib).numpy(),
        r"Can't call numpy\(\) on Tensor that requires grad.",
    ),
    "item()": (
        lambda lib: leaf(lib).item(),
        "a Tensor with 3 elements cannot be converted to Scalar",
    ),
    "bool()": (
        lambda lib: bool(leaf(lib)),
        "Boolean value of Tensor with more than one value is amb",
    ),
    "len()": (lambda lib: len(lib.tensor(1.0)), r"len\(\) of a 0-d tensor"),
    "iter()": (lambda lib: list(lib.tensor(1.0)), "iteration over a 0-d tensor"),
    "retain_grad": (
        lambda lib: lib.tensor(START).retain_grad(),
        "can't retain_grad on Tensor that",
    ),
    "register_hook": (
        lambda lib: lib.tensor(START).register_hook(print),
        "cannot register a hook on a tensor that doesn't require gradient",
    ),
    "post hook off a leaf": (
        lambda lib: leaf(lib).exp().register_post_accumulate_grad_hook(print),
        "post accumulate grad hooks cannot be registered on non-leaf tensors",
    ),
    "post hook without grad": (
        lambda lib: lib.tensor(START).register_post_accumulate_grad_hook(print),
        "cannot register a hook on a tensor that doesn't require gradient",
    ),
    "hook of another shape": (lambda lib: hooked(lib, lambda lib: lib.tensor([1.0])), "hook "),
    "hook of another type": (lambda lib: hooked(lib, lambda lib: 3), "expected "),
    "grad of another shape": (
        lambda lib: setattr(leaf(lib), "grad", lib.tensor([1.0])),
        "attempting to assign a gradient of size",
    ),
    "grad of another type": (
        lambda lib: setattr(leaf(lib), "grad", 3),
        "assigned grad expected to be a Tensor or None but got",
    ),
    "too many gradients": (
        lambda lib: function_returning(lib, lambda g: (g, None, g)),
        "function StrangeBackward returned an incorrect number of gradients",
    ),
    "too few gradients": (
        lambda lib: function_returning(lib, lambda g: g),
        "function StrangeBackward returned an incorrect number of gradients",
    ),
    "gradient for a number": (
        lambda lib: function_returning(lib, lambda g: (g, g)),
        "function StrangeBackward returned a gradient different than None at position 2",
    ),
    "gradient of another shape": (
        lambda lib: function_returning(lib, lambda g: (g.sum(), None)),
        "Function StrangeBackward returned an invalid gradient",
    ),
    "gradient of another type": (
        lambda lib: function_returning(lib, lambda g: (3, None)),
        "expected (Variable|Tensor) or None",
    ),
    "no backward": (no_backward, "You must implement .*backward"),
    "saving a number": (saves_a_number, ""),
    "repeated elements": (
        lambda lib: (lib.tensor([1.0], True) * 1).expand(3).add_(1),
        "unsupported operation: more than one element of the written-to tensor",
    ),
    "in-place, too large": (
        lambda lib: (lib.tensor([1.0]) * 1).add_(lib.tensor(START)),
        r"output with shape \[1\] doesn't match the broadcast shape \[3\]",
    ),
    "no broadcast": (lambda lib: leaf(lib) + lib.tensor([1.0, 2.0]), "The size of tensor a"),
    "fill_ with a vector": (
        lambda lib: (leaf(lib) * 1).fill_(leaf(lib)),
        "fill_ only supports 0-dim",
    ),
    "reshape": (
        lambda lib: leaf(lib).reshape(2, 2),
        r"shape '?\[2, 2\]'? is invalid for input of size 3",
    ),
    "reshape twice -1": (lambda lib: leaf(lib).reshape(-1, -1), ""),
    "reshape -2": (lambda lib: leaf(lib).reshape(-2), "invalid shape dimension"),
    "view": (
        lambda lib: lib.tensor(np.ones((2, 3))).transpose(0, 1).view(6),
        "view size is not compatible with input tensor's size",
    ),
    "expand": (lambda lib: leaf(lib).expand(2, 2), ""),
    "permute too few": (lambda lib: lib.tensor(np.ones((2, 3))).permute(0), "permute"),
    "permute twice": (lambda lib: lib.tensor(np.ones((2, 3))).permute(0, 0), ""),
    "sum over a strange dim": (lambda lib: leaf(lib).sum(1), "Dimension out of range"),
    "sum twice": (lambda lib: lib.tensor(np.ones((2, 3))).sum((0, 0)), ""),
    "max of nothing": (lambda lib: lib.tensor(np.ones(0)).max(), ""),
    "max over nothing": (lambda lib: lib.tensor(np.ones((0, 2))).max(0), ""),
    "amax over nothing": (lambda lib: lib.tensor(np.ones((0, 2))).amax(0), ""),
    "slice backwards": (lambda lib: leaf(lib)[::-1], "step must be greater than zero"),
    "float index": (lambda lib: leaf(lib)[1.0], "only integers, slices"),
    "index too large": (lambda lib: leaf(lib)[3], "index 3 is out of bounds"),
    "too many indices": (lambda lib: leaf(lib)[0, 0], "too many indices for tensor of dimension 1"),
    "setitem of another shape": (
        lambda lib: (leaf(lib) * 1).__setitem__([0, 1], leaf(lib)),
        "shape mism",
    ),
    "setitem slice of another shape": (
        lambda lib: (leaf(lib) * 1).__setitem__(slice(2), lib.tensor(START)),
        "",
    ),
}


@pytest.mark.parametrize("name", RAISES)
def test_what_raises_in_torch_raises_here(name):
    program, message = RAISES[name]
    types = []
    for library in LIBRARIES:
        with pytest.raises(
            (RuntimeError, TypeError, ValueError, IndexError), match=f"^{message}"
        ) as info:
            program(library)
        types.append(info.type.__mro__[0] if library is TORCH else info.type)
    assert issubclass(types[1], types[0]), types


def test_refusals_of_our_own():
    x = Tensor([1.0], requires_grad=True)
    with pytest.raises(TypeError, match="expected an operand of dtype float64, got float32"):
        x + Tensor(np.ones(1, np.float32))
    with pytest.raises(TypeError):
        x + np.ones(1)
    with pytest.raises(TypeError):
        np.ones(1) + x
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require grad"):
        Tensor([1, 2], requires_grad=True)
    with pytest.raises(TypeError, match="expected a plain function"):

        @ag.no_grad()
        def numbers():
            yield 1

    class Pair(ag.Function):
        @staticmethod
        def forward(ctx, x):
            return (x, x)

    with pytest.raises(TypeError, match="expected forward to return a Tensor, got tuple"):
        Pair.apply(x)


# What does not raise ------------------------------------------------------------------------------


def fine_in_place(library):
    x = leaf(library)
    y = x + 1
    y.mul_(2)
    z = y.sigmoid()
    y.add_(5)
    z.sum().backward()
    return x.grad, y


def unsaved_operand(library):
    x = leaf(library)
    y, c = x * 1, library.tensor(START)
    z = y * c  # c is saved for y; y is not saved, since c needs no gradient
    y.zero_()
    z.sum().backward()
    return x.grad, z


def twice_without_saved(library):
    x = leaf(library)
    loss = (x + 1).sum()
    loss.backward()
    loss.backward()
    return (x.grad,)


def retain_graph(library):
    x = leaf(library)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    first = x.grad
    loss.backward()
    return x.grad, first is x.grad


def leaf_becomes_result(library):
    x, y = leaf(library), library.tensor(START)
    view = y[1:]
    y.mul_(x)
    (view * view).sum().backward()
    return x.grad, y.requires_grad, view.is_leaf, y.is_leaf


def write_by_view(library):
    x = leaf(library)
    y = x * 2
    view = y[1:].reshape(2, 1)
    y.mul_(2)
    view.mul_(3)
    y.mul_(5)
    (view * view).sum().backward()
    return x.grad, y._version


def write_by_view_of_a_transposed_base(library):
    x = library.tensor(np.arange(6.0).reshape(2, 3), True)
    y = x.transpose(0, 1) * 1  # keeps the order of its operand in memory
    flat = y.transpose(0, 1).reshape(-1)
    flat.mul_(library.tensor(np.arange(6.0)))
    y.sum().backward()
    return y, x.grad


def frozen_in_the_middle(library):
    x, w = leaf(library), library.tensor(START, False)
    with library.no_grad():
        hidden = x * w
    with library.no_grad(), library.enable_grad():
        shown = x * w
    return hidden.requires_grad, shown.requires_grad, (x.detach() * x).requires_grad


def no_grad_decorator(library):
    @library.no_grad()
    def double(x):
        """Twice x."""
        return x * 2

    return double(leaf(library)).requires_grad, double.__name__, double.__doc__


def set_grad_enabled_everywhere(library):
    x, flags = leaf(library), []

    @library.set_grad_enabled(False)
    def plain(x):
        return (x * 2).requires_grad

    flags += [plain(x), (x * 2).requires_grad]
    library.set_grad_enabled(False)
    flags.append((x * 2).requires_grad)
    with library.set_grad_enabled(True):
        flags.append((x * 2).requires_grad)
    flags.append((x * 2).requires_grad)
    library.set_grad_enabled(True)
    flags.append((x * 2).requires_grad)
    return flags


def view_under_no_grad(library):
    x = leaf(library)
    with library.no_grad():
        view, copy = x[1:], x * 1
    out = view * 2
    out.sum().backward()
    return view.requires_grad, view.is_leaf, copy.requires_grad, x.grad, view.grad


def accumulate(library):
    x = leaf(library)
    for _ in range(3):
        (x * x).sum().backward()
    kept = x.grad
    x.grad.zero_()
    (x * 2).sum().backward()
    zeroed = x.grad is kept
    x.grad = None
    (x * 5).sum().backward()
    return kept, zeroed, x.grad, x.grad is kept


def retained(library):
    x = leaf(library)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    before = y * 1
    y.mul_(3)
    y.register_hook(lambda g: g * 10)
    (y.sum() + before.sum()).backward()
    return y.grad, x.grad


def retained_view(library):
    x = leaf(library)
    y = x * 2
    view = y[1:]
    view.retain_grad()
    y.mul_(3)
    view.sum().backward()
    return view.grad, x.grad


def hook_of_an_overwritten_view(library):
    x = leaf(library)
    y = x * 2
    view = y[1:]
    view.register_hook(lambda g: g * 10)
    view.mul_(3)
    y.sum().backward()
    return (x.grad,)


def hooks_in_order(library):
    order, a, b = [], leaf(library), leaf(library)
    c, d = a * 2, b * 3
    e, f = c + d, c * d
    for name, tensor in {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f}.items():
        tensor.register_hook(lambda g, name=name: order.append(name))
        tensor.register_hook(lambda g, name=name: order.append(name + "2"))
    for name, tensor in {"A": a, "B": b}.items():
        tensor.register_post_accumulate_grad_hook(lambda t, name=name: order.append(name))
    removed = d.register_hook(lambda g: order.append("removed"))
    removed.remove()
    removed.remove()
    (e + f).sum().backward()
    return order, a.grad, b.grad


def hooks_replace(library):
    x, seen = leaf(library), []
    x.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: seen.append(g.sum().item()))
    x.register_hook(lambda g: g + 1)
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.sum().item()))
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    return seen, x.grad


def free_early(library):
    x, got = leaf(library), []

    def step(t):
        got.append(t.grad.sum().item())
        t.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * x).sum().backward()
    return got, x.grad


def hooks_and_grad(library):
    x, seen = leaf(library), []
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: (seen.append("y"), g * 2)[1])
    x.register_post_accumulate_grad_hook(lambda t: seen.append("post"))
    z = (y * 5).sum()
    both = library.grad(z, [y, x], retain_graph=True)
    alone = library.grad(z, [y])
    return (*both, *alone, seen, y.grad, x.grad)


def grad_of_several(library):
    x, y = leaf(library), leaf(library)
    z = x * y
    first = library.grad([z.sum(), (x * 2).sum()], [x, y, x])
    unused = library.grad(x.sum(), [y, x], allow_unused=True)
    return (*first, *unused, x.grad)


def grad_stops_where_it_need_not_go(library):
    x = leaf(library)
    y = x * 2
    z = y * y
    y.add_(1)  # z cannot go back to y any more, but nobody asks
    return library.grad((z * 2).sum(), [z])


def output_is_input(library):
    x = leaf(library)
    x.backward(library.tensor(START))
    return x.grad, *library.grad(x, [x], library.tensor(START))


def vector_jacobian(library):
    x = leaf(library)
    (x * x).backward(library.tensor([1.0, 0.0, 10.0]))
    return (x.grad,)


def hessian_vector(library):
    x = leaf(library)
    (first,) = library.grad((x**3).sum(), [x], create_graph=True)
    (second,) = library.grad(
        (first * library.tensor([1.0, 2.0, 3.0])).sum(), [x], create_graph=True
    )
    (third,) = library.grad(second.sum(), [x])
    return first, second, third


def backward_create_graph(library):
    x = leaf(library)
    (x * x * x).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.sum().backward()
    return first, x.grad, first.requires_grad


def custom_function(library):
    seen = []

    class Scale(library.Function):
        @staticmethod
        def forward(ctx, x, n, y):
            ctx.n = n
            ctx.save_for_backward(x, None)
            seen.append((x.requires_grad, (x * 2).requires_grad))
            return x * n

        @staticmethod
        def backward(ctx, grad):
            x, nothing = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, nothing))
            return grad * ctx.n + 0 * x, None, None, None

    x, y = leaf(library), leaf(library)
    out = Scale.apply(x, 3, y.detach())
    (first,) = library.grad(out.sum(), [x], retain_graph=True, create_graph=True)
    out.sum().backward()
    name = out.grad_fn.name()
    plain = Scale.apply(x.detach(), 3, y.detach())
    with library.no_grad():
        hidden = Scale.apply(x, 3, y)
    return first, x.grad, y.grad, seen, name, plain.requires_grad, hidden.requires_grad


def custom_function_identity(library):
    class Same(library.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * -1

    x = leaf(library)
    y = Same.apply(x)
    y.sum().backward()
    return x.grad, y is x, y.is_leaf


def custom_function_twice_differentiable(library):
    class Exp(library.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = leaf(library)
    (first,) = library.grad(Exp.apply(x).sum(), x, create_graph=True)
    return first, *library.grad(first.sum(), x)


def ties(library):
    results = []
    for pick in (lambda x: x.max(), lambda x: x.amax(1), lambda x: x.amax(), lambda x: x.max(1)[0]):
        x = library.tensor([[1.0, 2.0, 2.0], [2.0, 2.0, 0.0]], True)
        pick(x).sum().backward()
        results.append(x.grad)
    values, indices = library.tensor([[1.0, 2.0, 2.0]]).max(1)
    return (*results, values, indices.data.tolist())


def corners_of_pow(library):
    x, y = library.tensor([0.0, 1.0, 2.0], True), library.tensor([0.0, 0.0, 2.0], True)
    (x**y).sum().backward()
    z = library.tensor([0.0, 4.0], True)
    (z**0).sum().backward()
    (z**0.5)[1].backward()
    return x.grad, y.grad, z.grad


def extremes(library):
    x = library.tensor([-800.0, 0.0, 800.0], True)
    out = x.sigmoid() + x.softmax(0) + x.log_softmax(0) + x.tanh() + x.relu()
    out.sum().backward()
    return out, x.grad


def graph(library):
    x = leaf(library)
    node = (x * 2).exp().sum().grad_fn
    names = []
    while node is not None:
        names.append(node.name().rstrip("0").removeprefix("torch::autograd::"))
        node = node.next_functions[0][0] if node.next_functions else None
    return (names,)


FINE = [
    fine_in_place,
    unsaved_operand,
    twice_without_saved,
    retain_graph,
    leaf_becomes_result,
    write_by_view,
    write_by_view_of_a_transposed_base,
    frozen_in_the_middle,
    no_grad_decorator,
    set_grad_enabled_everywhere,
    view_under_no_grad,
    accumulate,
    retained,
    retained_view,
    hook_of_an_overwritten_view,
    hooks_in_order,
    hooks_replace,
    free_early,
    hooks_and_grad,
    grad_of_several,
    grad_stops_where_it_need_not_go,
    output_is_input,
    vector_jacobian,
    hessian_vector,
    backward_create_graph,
    custom_function,
    custom_function_identity,
    custom_function_twice_differentiable,
    ties,
    corners_of_pow,
    extremes,
    graph,
]  # fmt: skip - pairs of shapes read best packed


@pytest.mark.parametrize("program", FINE, ids=lambda program: program.__name__)
def test_same_results_as_torch(program):
    expected, got = program(TORCH), program(OURS)
    for theirs, ours in zip(expected, got, strict=True):
        if isinstance(theirs, torch.Tensor):
            same(ours, theirs, program.__name__)
        else:
            assert ours == theirs


# The rest ----------------------------------------------------------------------------------------


def test_float32_stays_float32():
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    y = (2 * x.softmax(0).exp() / 3 + x.mean() ** 2).relu() @ x[0]
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


def test_memory_of_an_array_is_shared():
    array = np.ones(3)
    x = Tensor(array, requires_grad=True)
    loss = (x * x).sum()
    array[:] = 5  # the back door: no version counter sees it
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, 10)
    assert x.detach().numpy() is array


def test_a_graph_may_be_deep():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5_000):  # five times Python's recursion limit
        y = y + 1
    y.backward()
    assert x.grad.item() == 1


def test_the_switch_is_per_thread():
    seen = []
    with ag.no_grad():
        thread = threading.Thread(target=lambda: seen.append(ag.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not ag.is_grad_enabled()
    assert seen == [True]


def test_the_switch_is_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), ag.no_grad():
        raise ZeroDivisionError
    assert ag.is_grad_enabled()


def test_saved_tensors_are_let_go():
    x = Tensor(np.ones(3), requires_grad=True)
    y = x.exp()
    y.sum().backward()
    assert all(item.tensor is None for saved in y.grad_fn._saved for item in saved)


def test_only_what_a_gradient_needs_is_saved():
    x, c = Tensor([2.0], requires_grad=True), Tensor([3.0])
    saved = [item.tensor for items in (x * c).grad_fn._saved for item in items]
    assert saved == [c]
    assert not [item for items in (x + c).grad_fn._saved for item in items]


@pytest.mark.parametrize(
    ("grad_shape", "shape"),
    [((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 3), ()), ((4, 2, 3), (1, 3)), ((0, 3), (1, 3))],
)
def test_unbroadcast_is_the_adjoint_of_broadcast(grad_shape, shape):
    rng = np.random.default_rng(0)
    g, x = rng.normal(size=grad_shape), rng.normal(size=shape)
    back = ag.unbroadcast(Tensor(g), shape)
    assert back.shape == shape
    np.testing.assert_allclose((back.data * x).sum(), (g * np.broadcast_to(x, grad_shape)).sum())


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_a_power_saves_its_result_only_where_it_is_needed(library):
    """PyTorch saves the result of `a ** b` even if b needs no gradient; we do not."""
    y = library.tensor([2.0], True) ** library.tensor([3.0])
    y.add_(1)
    error = outcome(y.backward)[1]
    assert isinstance(error, RuntimeError) == (library is TORCH)


def test_a_matmul_that_broadcasts_is_stricter_than_torch():
    """PyTorch saves a copy of the operand that it repeats; we save the operand itself."""
    errors = []
    for library in LIBRARIES:
        y = library.tensor(np.ones((2, 1, 3, 4)), True) * 1
        z = (y @ library.tensor(np.ones((5, 4, 2)), True)).sum()
        y.add_(1)
        errors.append(outcome(z.backward)[1])
    assert errors[0] is None
    assert isinstance(errors[1], RuntimeError)


# An excerpt that a page shows must define by itself, or after these others of its file.
AFTER = {"node": ["imports"], "copy_slices": ["imports", "node"], "grad_mode": ["imports"]}
PACKAGE = Path(ag.__file__).parent


def sections():
    for path in sorted(PACKAGE.glob("*.py")):
        for match in re.finditer(r"\[start:(\w+)\]", path.read_text()):
            yield pytest.param(path, match[1], id=f"{path.stem}:{match[1]}")


def section(path, name):
    text = path.read_text()
    start, end = f"# --8<-- [start:{name}]\n", f"# --8<-- [end:{name}]"
    assert text.count(start) == text.count(end) == 1
    return textwrap.dedent(text.split(start)[1].rsplit("\n", 1)[0].split(end)[0].rstrip(" "))


@pytest.mark.parametrize(("path", "name"), list(sections()))
def test_excerpts_define_alone(path, name):
    space = {"__name__": "excerpt"}
    for part in [*AFTER.get(name, []), name]:
        exec(compile(section(path, part), str(path), "exec"), space)
    assert set(space) - {"__name__", "__builtins__"}
