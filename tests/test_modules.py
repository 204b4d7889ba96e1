"""`reference_impl.modules` against `torch.nn`: names, orders, hooks, state dicts, moves, layers, errors."""

import copy
import io
import itertools
import warnings
from collections import OrderedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import reference_impl.modules as ours

COMMON = {"deadline": None}
LIBRARIES = (ours, nn)


# A tree is described once, and built in both libraries from the description.

TENSORS = (
    "parameter",
    "shared parameter",
    "no parameter",
    "buffer",
    "hidden buffer",
    "no buffer",
    "counter",
)
entries = st.lists(st.sampled_from([*TENSORS, "no module", "shared module"]), max_size=5)
trees = st.recursive(
    st.tuples(entries, st.just([])),
    lambda below: st.tuples(entries, st.lists(below, max_size=3)),
    max_leaves=6,
)


def build(lib, description):
    """The module that the description names; sub-modules are called one after the other."""

    class Node(lib.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.ones(2))

        def forward(self, x, scale=1.0):
            for child in self.children():
                x = child(x)
            return x * scale + self.bias

    shared_parameter, shared_module = nn.Parameter(torch.full((2,), 7.0)), Node()
    count = itertools.count()

    def grow(description):
        kinds, below = description
        node = Node()
        for kind in kinds:
            value, name = next(count), f"{kind.replace(' ', '_')}_{next(count)}"
            if kind == "parameter":
                setattr(node, name, nn.Parameter(torch.full((2, value % 3), float(value))))
            elif kind == "shared parameter":
                setattr(node, name, shared_parameter)
            elif kind == "no parameter":
                node.register_parameter(name, None)
            elif kind == "no module":
                node.add_module(name, None)
            elif kind == "shared module":
                setattr(node, name, shared_module)
            elif kind == "counter":
                node.register_buffer(name, torch.tensor(value))
            elif kind == "no buffer":
                node.register_buffer(name, None)
            else:
                node.register_buffer(
                    name, torch.full((3,), float(value)), persistent=kind == "buffer"
                )
        for number, inner in enumerate(below):
            setattr(node, f"child_{number}", grow(inner))
        return node

    return grow(description)


def both(description):
    return [build(lib, description) for lib in LIBRARIES]


def names(pairs):
    return [name for name, _ in pairs]


@given(trees, st.booleans(), st.booleans())
@settings(max_examples=150, **COMMON)
def test_every_walk_gives_the_same_names_in_the_same_order(description, recurse, remove_duplicate):
    a, b = both(description)
    flags = {"recurse": recurse, "remove_duplicate": remove_duplicate, "prefix": "net"}
    assert names(a.named_parameters(**flags)) == names(b.named_parameters(**flags))
    assert names(a.named_buffers(**flags)) == names(b.named_buffers(**flags))
    assert names(a.named_children()) == names(b.named_children())
    for duplicate in (True, False):
        walks = [list(m.named_modules(remove_duplicate=duplicate)) for m in (a, b)]
        assert names(walks[0]) == names(walks[1])
        assert len(list(a.modules(duplicate))) == len(walks[0])
    assert [p.shape for p in a.parameters(recurse)] == [p.shape for p in b.parameters(recurse)]
    assert [t.tolist() for t in a.buffers(recurse)] == [t.tolist() for t in b.buffers(recurse)]
    assert len(list(a.children())) == len(list(b.children()))


@given(trees)
@settings(max_examples=80, **COMMON)
def test_state_dicts_have_the_same_keys_and_are_exchanged(description):
    a, b = both(description)
    for kept in (True, False):
        ours_, theirs = (m.state_dict(prefix="net.", keep_vars=kept) for m in (a, b))
        assert list(ours_) == list(theirs)
        assert [v.requires_grad for v in ours_.values()] == [
            v.requires_grad for v in theirs.values()
        ]
        assert ours_._metadata == theirs._metadata
    for mine, other in ((a, b), (b, a)):
        given_ = {k: v + 1 for k, v in other.state_dict().items()}
        assert tuple(mine.load_state_dict(given_)) == ([], [])
        assert all(torch.equal(v, given_[k]) for k, v in mine.state_dict().items())
    twin = copy.deepcopy(a)
    assert list(twin.state_dict()) == list(a.state_dict())
    file = io.BytesIO()
    torch.save(a.state_dict(), file)
    file.seek(0)
    assert list(torch.load(file, weights_only=True)) == list(a.state_dict())


MOVES = {
    "half": lambda m: m.half(),
    "bfloat16": lambda m: m.bfloat16(),
    "double": lambda m: m.double().float(),
    "to dtype": lambda m: m.to(torch.float64),
    "to tensor": lambda m: m.to(torch.ones(1, dtype=torch.float16)),
    "to device and dtype": lambda m: m.to("cpu", dtype=torch.float16),
    "meta": lambda m: m.to("meta"),
    "to_empty": lambda m: m.to("meta").to_empty(device="cpu"),
    "frozen": lambda m: m.requires_grad_(False).eval().cpu(),
}


@given(trees, st.sampled_from(sorted(MOVES)))
@settings(max_examples=50, **COMMON)
def test_moves_change_the_same_tensors_and_replace_the_same_parameters(description, move):
    after = []
    for module in both(description):
        module(torch.ones(2)).sum().backward()
        before = [(p, p.grad) for p in module.parameters()]
        assert MOVES[move](module) is module
        tensors = [*module.parameters(), *module.buffers()]
        after.append(
            (
                [
                    (t.dtype, t.device, t.requires_grad, t.grad is None or t.grad.dtype)
                    for t in tensors
                ],
                [
                    (p is q, g is q.grad)
                    for (p, g), q in zip(before, module.parameters(), strict=False)
                ],
                names(module.named_parameters()),  # a shared one that is replaced is shared no more
                [m.training for m in module.modules()],
            )
        )
    assert after[0] == after[1]


@given(trees)
@settings(max_examples=60, **COMMON)
def test_apply_visits_in_the_same_order(description):
    seen = []
    for module in both(description):
        name = {id(m): n for n, m in module.named_modules()}
        visits, tensors = [], []
        module.apply(lambda m, name=name, visits=visits: visits.append(name[id(m)]))
        module._apply(lambda t, tensors=tensors: tensors.append(t.tolist()) or t)
        module._apply(lambda t, tensors=tensors: tensors.append(t.tolist()) or t, recurse=False)
        seen.append((visits, tensors))
    assert seen[0] == seen[1]


KINDS = ("pre", "pre kwargs", "forward", "forward kwargs", "always", "backward pre", "backward")
REPLACES = {"pre", "forward", "backward pre", "backward"}
hooks = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.integers(0, 20), st.booleans(), st.booleans(), st.booleans()
    ),
    max_size=12,
)


def register(module, kind, hook, prepend):
    if kind.startswith("pre"):
        return module.register_forward_pre_hook(hook, prepend=prepend, with_kwargs="kwargs" in kind)
    if kind == "backward pre":
        return module.register_full_backward_pre_hook(hook, prepend=prepend)
    if kind == "backward":
        return module.register_full_backward_hook(hook, prepend=prepend)
    return module.register_forward_hook(
        hook, prepend=prepend, with_kwargs="kwargs" in kind, always_call=kind == "always"
    )


def plain(value):
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, tuple) else value


def hooked_run(lib, description, wanted, inputs_need_grad, fails):
    """All that the hooks see, in order, over two forwards and backwards; the handles go in between."""
    module = build(lib, description)
    tree, log, handles = list(module.named_modules()), [], []
    for number, (kind, place, prepend, replaces, removed) in enumerate(wanted):
        name, node = tree[place % len(tree)]

        def hook(node, *what, name=name, kind=kind, number=number, replaces=replaces):
            log.append((number, kind, name, plain(what)))
            if not replaces or kind not in REPLACES:
                return None
            if kind == "pre":
                return what[0][0] * 2
            if kind == "forward":
                return what[1] * 3
            return tuple(None if g is None else g * 5 for g in what[0])

        handles.append((removed, register(node, kind, hook, prepend)))
    if fails == "forward":
        tree[-1][1].forward = lambda x, scale=1.0: x @ torch.ones(9)
    if fails == "hook":

        def refuse(*_):
            raise RuntimeError("refused")

        tree[-1][1].register_forward_hook(refuse)
    results = []
    for _ in range(2):
        x = torch.tensor([1.0, 2.0], requires_grad=inputs_need_grad)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                out = module(x, scale=2.0)
                out.sum().backward()
                results.append(
                    (plain(out), plain(x.grad), [plain(p.grad) for p in module.parameters()])
                )
            except RuntimeError as error:
                results.append(str(error))
        results.append([str(w.message).split(" See ")[0] for w in said])
        for removed, handle in handles:
            if removed:
                handle.remove()
                handle.remove()
    tables = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
    left = [[len(getattr(node, table)) for table in tables] for _, node in tree]
    return log, results, left


@given(trees, hooks, st.booleans(), st.sampled_from(["nothing", "forward", "hook"]))
@settings(max_examples=120, **COMMON)
def test_hooks_fire_in_the_same_order_and_see_the_same(description, wanted, needs_grad, fails):
    a, b = (hooked_run(lib, description, wanted, needs_grad, fails) for lib in LIBRARIES)
    assert a == b


STATE_HOOKS = ("state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


@given(
    trees,
    st.lists(st.tuples(st.sampled_from(STATE_HOOKS), st.integers(0, 9), st.booleans()), max_size=8),
)
@settings(max_examples=80, **COMMON)
def test_state_dict_hooks_fire_in_the_same_order(description, wanted):
    logs = []
    for module in both(description):
        tree, log = list(module.named_modules()), []
        for number, (kind, place, removed) in enumerate(wanted):
            name, node = tree[place % len(tree)]

            def hook(node, *what, number=number, name=name, kind=kind, log=log):
                seen = [
                    sorted(w) if isinstance(w, dict) else w
                    for w in what
                    if isinstance(w, (dict, str, bool))
                ]
                log.append((number, kind, name, seen[:2]))
                if kind == "state_dict_post":
                    what[0][f"from_hook_{number}"] = torch.ones(1)
                if kind == "load_state_dict_post":
                    what[0].unexpected_keys[:] = [
                        k for k in what[0].unexpected_keys if k[-1] != "3"
                    ]
                if kind == "load_state_dict_pre" and number % 2:
                    what[0].pop("bias", None)

            handle = getattr(node, f"register_{kind}_hook")(hook)
            if removed:
                handle.remove()
        keys = list(module.state_dict())
        logs.append((log, keys, tuple(module.load_state_dict(module.state_dict(), strict=False))))
    assert logs[0] == logs[1]


changes = st.lists(
    st.tuples(st.sampled_from(["drop", "rename", "reshape", "extra", "deep", "under", "bare", "number", "dtype"]), st.integers(0, 30)),
    min_size=1, max_size=4,
)  # fmt: skip  # a list reads as a list


def changed(saved, wanted):
    saved = dict(saved)
    for kind, place in wanted:
        key = list(saved)[place % len(saved)] if saved else "bias"
        if kind == "extra":
            saved[f"{key}_more"] = torch.ones(1)
        elif kind == "deep":
            saved[f"nowhere.{key}"] = torch.ones(1)
            saved["child_0.nothing"] = torch.ones(1)
        elif kind == "under":
            saved[f"{key}.inner"] = torch.ones(1)
        elif kind == "bare":
            saved["child_0"] = torch.ones(1)
        elif kind == "number":
            saved[key] = 3
        elif key in saved and kind == "dtype" and isinstance(saved[key], torch.Tensor):
            saved[key] = saved[key].double()
        elif key in saved and kind == "reshape":
            saved[key] = torch.ones(4, 1)
        elif key in saved:
            value = saved.pop(key)
            if kind == "rename":
                saved[f"module.{key}"] = value
    return saved


@given(trees, changes, st.booleans(), st.booleans())
@settings(max_examples=120, **COMMON)
def test_a_changed_state_dict_gives_the_same_result_or_the_same_message(
    description, wanted, strict, assign
):
    outcomes = []
    for module in both(description):
        try:
            found = module.load_state_dict(
                changed(module.state_dict(), wanted), strict=strict, assign=assign
            )
            result = (found.missing_keys, found.unexpected_keys)
        except RuntimeError as error:
            result = str(error)
        outcomes.append(
            (result, [(k, v.dtype, v.tolist()) for k, v in module.state_dict().items()])
        )
    assert outcomes[0] == outcomes[1]


def test_extra_state_travels_and_is_missed():
    for lib in LIBRARIES:

        class Counted(lib.Module):
            steps = 3

            def get_extra_state(self):
                return {"steps": self.steps}

            def set_extra_state(self, state):
                self.steps = state["steps"]

        module = lib.Sequential(Counted())
        assert module.state_dict() == {"0._extra_state": {"steps": 3}}
        module.load_state_dict({"0._extra_state": {"steps": 5}})
        assert module[0].steps == 5
        assert module.load_state_dict({}, strict=False).missing_keys == ["0._extra_state"]
        other = lib.Sequential(lib.Linear(1, 1))
        found = other.load_state_dict({"0._extra_state": 1}, strict=False)
        assert found.unexpected_keys == ["0._extra_state"]


def test_assign_puts_the_given_tensors_in_place():
    for lib in LIBRARIES:
        with torch.device("meta"):
            layer = lib.Linear(2, 1)
        layer.weight.requires_grad_(False)
        given_ = {
            "weight": torch.ones(1, 2, dtype=torch.float64),
            "bias": nn.Parameter(torch.zeros(1)),
        }
        layer.load_state_dict(given_, assign=True)
        assert layer.weight.data_ptr() == given_["weight"].data_ptr()
        assert layer.bias is given_["bias"]
        assert (layer.weight.requires_grad, layer.bias.requires_grad) == (False, True)
        with torch.device("meta"):
            layer = lib.Linear(2, 1)
        with pytest.warns(UserWarning, match="which is a no-op"):
            layer.load_state_dict({"weight": torch.ones(1, 2)}, strict=False)


# Registration.


def outcome(lib, action):
    """What is registered after an action, or what it raised."""
    module = lib.Linear(2, 2)
    module.plain, module.child = 3, lib.Linear(1, 1)
    module.register_buffer("kept", torch.ones(1))
    module.register_buffer("hidden", torch.ones(1), persistent=False)
    try:
        action(lib, module)
    except Exception as error:  # noqa: BLE001 - the type is compared
        return type(error).__name__
    shown = {k for k in module.__dict__ if not k.startswith("_")}
    tables = [list(t) for t in (module._parameters, module._buffers, module._modules)]
    nothing = [
        [k for k, v in t.items() if v is None]
        for t in (module._parameters, module._buffers, module._modules)
    ]
    return shown, tables, nothing, module._non_persistent_buffers_set, list(module.state_dict())


VALUES = {
    "parameter": lambda lib: nn.Parameter(torch.ones(2)),
    "module": lambda lib: lib.Linear(1, 1),
    "tensor": lambda lib: torch.ones(2),
    "buffer": lambda lib: nn.Buffer(torch.ones(2)),
    "hidden buffer": lambda lib: nn.Buffer(torch.ones(2), persistent=False),
    "none": lambda lib: None,
    "int": lambda lib: 5,
    "list": lambda lib: [lib.Linear(1, 1)],
    "result": lambda lib: torch.ones(2, requires_grad=True) * 2,
}
NAMES = ("weight", "kept", "hidden", "child", "plain", "fresh", "forward", "dotted.name", "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "how", ["set", "parameter", "buffer", "module", "set twice", "set and delete"]
)
def test_registration_does_the_same_for_every_name_and_value(how, value, name):
    def action(lib, module):
        made = VALUES[value](lib)
        if how == "parameter":
            module.register_parameter(name, made)
        elif how == "buffer":
            module.register_buffer(name, made, persistent=False)
        elif how == "module":
            module.register_module(name, made)
        else:
            setattr(module, name, made)
            if how == "set twice":
                setattr(module, name, nn.Parameter(torch.zeros(1)))
                setattr(module, name, None)
            if how == "set and delete":
                delattr(module, name)

    a, b = (outcome(lib, action) for lib in LIBRARIES)
    if (
        a == "TypeCheckError"
    ):  # the type checker of the tests speaks before the function looks at the name
        assert b in {"TypeError", "KeyError"}
    else:
        assert a == b


@pytest.mark.parametrize("value", ["parameter", "module", "buffer", "int", "list"])
def test_assigning_before_init_gives_the_same_error(value):
    said = []
    for lib in LIBRARIES:

        class Early(lib.Module):
            def __init__(self):
                self.early = VALUES[value](lib)  # noqa: B023 - called within the loop
                super().__init__()

        try:
            said.append(list(vars(Early()))[:1])
        except AttributeError as error:
            said.append(str(error))
    assert said[0] == said[1]


def test_what_is_missing_is_said():
    for lib in LIBRARIES:
        module = lib.Module()
        with pytest.raises(AttributeError, match="'Module' object has no attribute 'nothing'"):
            _ = module.nothing
        with pytest.raises(AttributeError):
            del module.nothing
        with pytest.raises(NotImplementedError, match='missing the required "forward" function'):
            module()


# Layers.

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def agree(pair, x, seed=0):
    """Equal outputs and gradients, input's included, with one seed."""
    found = []
    for layer in pair:
        mine = x.clone().requires_grad_() if x.is_floating_point() else x
        torch.manual_seed(seed)
        out = layer(mine)
        out.square().sum().backward()
        found.append([out.detach(), mine.grad, *[p.grad for p in layer.parameters()]])
        layer.zero_grad(set_to_none=False)
        assert all(not p.grad.any() for p in layer.parameters() if p.grad is not None)
        layer.zero_grad()
        assert all(p.grad is None for p in layer.parameters())
    for a, b in zip(*found, strict=True):
        if a is None or b is None:
            assert a is b
        else:
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


def pair(make, dtype=torch.float32):
    layers = []
    for lib in LIBRARIES:
        torch.manual_seed(3)
        layers.append(make(lib).to(dtype))
    a, b = (layer.state_dict() for layer in layers)
    assert list(a) == list(b)
    assert all(torch.equal(a[key], b[key]) for key in a)
    return layers


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(4,), (0, 4), (2, 3, 4), (1, 4), (2, 0, 4)])
def test_linear_is_torchs(shape, bias, dtype):
    agree(pair(lambda lib: lib.Linear(4, 3, bias=bias), dtype), torch.randn(shape).to(dtype))


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")  # torch says so, rightly
@pytest.mark.parametrize("sizes", [(0, 3), (5, 1), (7, 64), (300, 2)])
def test_linear_draws_torchs_weights_for_every_size(sizes):
    pair(lambda lib: lib.Linear(*sizes))


def test_linear_reads_inputs_that_are_not_contiguous():
    layers = pair(lambda lib: lib.Linear(4, 3))
    for x in (torch.randn(4, 5).t(), torch.randn(5, 8)[:, ::2], torch.randn(1, 4).expand(6, 4)):
        agree(layers, x)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("padding", [None, 0, 6, -1, -7])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (50,)])
def test_embedding_is_torchs(shape, padding, dtype):
    layers = pair(lambda lib: lib.Embedding(7, 3, padding_idx=padding), dtype)
    assert layers[0].padding_idx == layers[1].padding_idx
    agree(layers, torch.randint(7, shape))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("training", [True, False])
def test_dropout_draws_torchs_masks(p, training, dtype):
    layers = [layer.train(training) for layer in pair(lambda lib: lib.Dropout(p))]
    for x in (torch.randn(40), torch.randn(0, 3), torch.randn(6, 5).t()):
        agree(layers, x.to(dtype), seed=5)


def test_containers_behave_as_torchs():
    for lib in LIBRARIES:
        layers = [lib.Linear(2, 2) for _ in range(4)]
        listed, named = lib.ModuleList(layers[:2]), lib.ModuleDict({"a": layers[0]})
        assert listed.append(layers[2]).extend(layers[3:]) is listed
        assert [*listed] == layers
        assert (len(listed), listed[-1], len(listed[1:])) == (4, layers[3], 3)
        listed[0] = layers[3]
        assert listed[0] is layers[3]
        named["b"] = layers[1]
        del named["a"]
        assert ([*named], [*named.values()], "b" in named, len(named)) == (
            ["b"],
            [layers[1]],
            True,
            1,
        )
        assert (named["b"], dict(named.items()), [*named.keys()]) == (
            layers[1],
            {"b": layers[1]},
            ["b"],
        )
        chain = lib.Sequential(layers[0])
        assert len(chain.append(layers[1])) == 2
        with pytest.raises(IndexError):
            chain[2]
        with pytest.raises(IndexError):
            listed[-5]


def test_a_sequential_takes_names():
    for lib in LIBRARIES:
        named = OrderedDict(first=lib.Linear(2, 2), last=lib.Linear(2, 2))
        chain = lib.Sequential(named)
        assert names(chain.named_children()) == ["first", "last"]
        assert names(chain[1:].named_children()) == ["last"]


# Errors that are ours to word, and those that are torch's.


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: ours.Linear(-1, 2), ValueError, "must be at least 0, got -1 and 2"),
        (lambda: ours.Embedding(3, 2, padding_idx=3), ValueError, "within num_embeddings=3, got 3"),
        (lambda: ours.Dropout(1.5), ValueError, "between 0 and 1, but got 1.5"),
        (lambda: ours.Linear(1, 1).to(torch.int64), TypeError, "desired dtype=torch.int64"),
        (lambda: ours.Linear(1, 1).to([]), TypeError, "expected a device, a dtype or a tensor, got list"),
        (lambda: ours.Linear(1, 1, device="meta").to("cpu"), NotImplementedError, "to_empty"),
        (lambda: ours.Module().get_extra_state(), NotImplementedError, "no get_extra_state"),
        (lambda: ours.Module().set_extra_state(1), NotImplementedError, "no set_extra_state"),
        (lambda: ours.Embedding(3, 2)(torch.tensor([3])), IndexError, "index out of range"),
    ],
)  # fmt: skip  # one case a line
def test_bad_input_is_answered_with_words(call, error, said):
    with pytest.raises(error, match=said):
        call()


@pytest.mark.parametrize("lib", LIBRARIES)
def test_hooks_that_return_nonsense_are_refused(lib):
    x = torch.ones(1, 2, requires_grad=True)
    cases = [
        (
            "register_forward_pre_hook",
            lambda m, args, kwargs: 3,
            {"with_kwargs": True},
            "forward pre-hook must return",
        ),
        (
            "register_full_backward_hook",
            lambda m, i, o: (*i, None),
            {},
            "invalid number of grad_input, got 2, but expected 1",
        ),
        (
            "register_full_backward_pre_hook",
            lambda m, o: (*o, None),
            {},
            "invalid number of grad_output, got 2",
        ),
        ("register_state_dict_post_hook", lambda *a: 1, {}, "must return None"),
    ]
    for method, hook, flags, said in cases:
        layer = lib.Linear(2, 1)
        getattr(layer, method)(hook, **flags)
        with pytest.raises(RuntimeError, match=said):
            layer.state_dict() if "state" in method else layer(x).sum().backward()
    layer = lib.Linear(2, 1)
    layer.register_full_backward_hook(lambda m, i, o: (torch.ones(1, 2),))
    out = layer(x.detach()).sum()
    with (
        pytest.warns(UserWarning, match="no inputs require gradients"),
        pytest.raises(RuntimeError, match="no input requires"),
    ):
        out.backward()
    layer = lib.Linear(2, 1)
    layer.register_load_state_dict_post_hook(lambda m, keys: 1)
    with pytest.raises((RuntimeError, AssertionError)):
        layer.load_state_dict(layer.state_dict())
    with pytest.raises(TypeError):
        layer.load_state_dict([])


@pytest.mark.parametrize("lib", LIBRARIES)
def test_backward_hooks_see_tuples_and_pass_other_outputs_by(lib):
    seen = []

    class Pair(lib.Module):
        def forward(self, x, flag, y):
            return (x * 2, "text", y * 3) if flag else {"out": x}

    module = Pair()
    module.register_full_backward_hook(lambda m, i, o: seen.append((plain(i), plain(o))))
    x, y = torch.ones(2, requires_grad=True), torch.ones(2)
    first, text, _ = module(x, True, y)
    first.sum().backward()
    assert (text, seen) == ("text", [([[2.0, 2.0], None, [0.0, 0.0]], [[1.0, 1.0], None, None])])
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple"):
        module(x, False, y)


@pytest.mark.parametrize("lib", LIBRARIES)
def test_an_always_called_hook_that_raises_does_not_hide_the_error(lib):
    def broken(*_):
        raise ValueError("from the hook")

    layer = lib.Linear(2, 1)
    layer.forward = lambda x: x @ torch.ones(9)
    layer.register_forward_hook(broken, always_call=True)
    with (
        pytest.warns(UserWarning, match="silenced.*from the hook"),
        pytest.raises(RuntimeError, match=r"size mismatch|inconsistent"),
    ):
        layer(torch.ones(2))


def test_training_mode_is_a_boolean():
    with pytest.raises((ValueError, TypeError)):  # TypeError from the type checker of the tests
        ours.Module().train(1)


@pytest.mark.parametrize("lib", LIBRARIES)
def test_a_gradient_that_comes_past_the_output_calls_no_backward_hook(lib):
    seen = []

    class Leaky(lib.Module):
        def forward(self, x):
            self.kept = x * 2
            return x * 3

    module = Leaky()
    module.register_full_backward_hook(lambda m, i, o: seen.append((plain(i), plain(o))))
    x = torch.ones(2, requires_grad=True)
    out = module(x)
    module.kept.sum().backward(retain_graph=True)
    assert (seen, x.grad.tolist()) == ([], [2.0, 2.0])
    out.sum().backward()
    assert seen == [([[3.0, 3.0]], [[1.0, 1.0]])]
