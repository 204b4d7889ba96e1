"""`autocast` beside PyTorch's: its lists, the dtypes of every function, and two models to the bit."""

import inspect
import itertools
import warnings
from contextlib import nullcontext

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.utils._pytree import tree_leaves

from reference_impl.bert import BertConfig, BertForPreTraining
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.mixed_precision import (
    Casts,
    autocast,
    autocast_kernels,
    autocast_ops,
    probe,
    probe_all,
)
from reference_impl.mixed_precision.casting import _COMPOSED, _OTHER_NAMES, POLICIES

HALVES = [torch.bfloat16, torch.float16]
# Operations that no public function of the same name leads to.
INNER = ("_", "cudnn_", "mkldnn_")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("low", HALVES)
def test_our_lists_are_what_torch_does(device, low):
    found = {}
    for name, policy in probe_all(device, low).items():
        if not name.startswith(INNER):
            found.setdefault(name.partition(".")[0], set()).add(policy)
    assert all(policies != {"unchanged"} for policies in found.values())
    # With a number as its order it checks the dtype before the cast; with a name it does not.
    if device == "cuda":
        assert found.pop("linalg_matrix_norm") == {"refused", "fp32"}
        assert found.pop("linalg_multi_dot") == found.pop("chain_matmul") == {"lower"}
    listed = {name: {policy} for name, policy in POLICIES[device].items()}
    # `cross_entropy_loss` is made of two of the list on CUDA, and is listed itself on the CPU.
    extra = {*_OTHER_NAMES, "linalg_matrix_norm", "linalg_multi_dot", "chain_matmul"}
    extra |= {"cross_entropy_loss"} if device == "cuda" else set()
    assert found == {name: p for name, p in listed.items() if name not in extra}


def test_the_probe_tells_policies_apart():
    assert probe("linear", "cpu", torch.float16) == "lower"
    assert probe("cat", "cpu", torch.bfloat16) == "promote"
    assert probe("binary_cross_entropy", "cuda", torch.float16) == "refused"
    assert min(len(autocast_ops("cpu")), len(autocast_ops("cuda"))) > 100
    with pytest.raises(KeyError):
        probe("relu", "cpu", torch.bfloat16)


def test_kernels_are_switched_off_again_after_an_error():
    before = torch.is_autocast_enabled("cuda"), torch.get_autocast_dtype("cuda")
    with pytest.raises(ZeroDivisionError), autocast_kernels("cuda", torch.bfloat16):
        1 / 0  # noqa: B018 - it is raised on purpose
    assert (torch.is_autocast_enabled("cuda"), torch.get_autocast_dtype("cuda")) == before


def argument_lists(dtype, device):
    def ones(*shape):
        return torch.ones(*shape, dtype=dtype, device=device)

    m, v, b, image = ones(3, 3).tril().triu(), ones(3), ones(2, 3, 3), ones(1, 2, 4, 4)
    index = torch.ones(3, dtype=torch.long, device=device)
    return [(m,), (m, m), (m, m, m), (m, v), (v, v), (b, b), (m, 0), (m, 2), (m, index), ([m, m],), (m, v, v),
            (v, m, v), (b, b, b), (m, (3,)), (b, (1, 1)), (m, [1]), (m, m, 1), (b, 3), (image, ones(2, 2, 1, 1)),
            (image, 2), (image, (2, 2)), ("ij,jk->ik", m, m), (m, m.float()), (v, v.float()), ([m, m.float()],),
            (m, 0, index, m.float()), (v, v.float(), v), (image, (1, 1, 1, 1), "reflect"),
            (image, (1, 1), "replicate"), (image, (1, 1, 1, 1), "circular")]  # fmt: skip  # a list reads as a list


def public_functions():
    homes = [torch, functional, torch.linalg, torch.fft, torch.special, torch._C._nn, torch.Tensor]
    words = ("cuda", "cudnn", "set_", "get_", "save", "load", "seed", "grad", "hook", "num_threads", "share", "compile",
             "mkldnn", "miopen", "quantized", "from_", "init", "is_", "use_", "to_", "sym", "require", "thread", "vmap")  # fmt: skip  # a list reads as a list
    for home in homes:
        for name in dir(home):
            function = getattr(home, name)
            plain = callable(function) and not inspect.isclass(function)
            plain = plain and not name.startswith("_") and not name.endswith("_")
            if plain and not any(word in name for word in words):
                yield name, function


def dtypes_under(mode, function, arguments):
    try:
        with mode:
            out = function(*arguments)
    except NotImplementedError as error:
        return "composed" if "can't see" in str(error) else None
    except Exception:  # noqa: BLE001 - these are thousands of blind calls, most of them senseless
        return None
    return [leaf.dtype for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_function_gives_the_dtypes_of_torch(device, dtype, caplog):
    caplog.set_level("CRITICAL", logger="torch._subclasses.fake_tensor")
    compared, composed = 0, set()
    with warnings.catch_warnings(), FakeTensorMode() if device == "cuda" else nullcontext():
        warnings.simplefilter("ignore")
        for name, function in public_functions():
            for arguments in argument_lists(dtype, device):
                mode = autocast_kernels(device, torch.bfloat16)
                wanted = dtypes_under(mode, function, arguments)
                if wanted is None:
                    continue
                got = dtypes_under(autocast(device, torch.bfloat16), function, arguments)
                if got == "composed":
                    composed.add(name)
                else:
                    compared += 1
                    assert got == wanted or name == "lu", (name, arguments)
    assert compared > 2000
    assert composed
    known = {name.removeprefix("linalg_") for name in _COMPOSED[device]}
    assert composed <= known | {"lu", "triplet_margin_with_distance_loss"}


PADDED = {(3, 4): (1, 1), (1, 3, 4): (1, 1), (1, 2, 3, 4): (1, 1, 1, 1), (1, 2, 3, 4, 5): (1,) * 6}


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("shape", PADDED)
def test_each_way_of_padding(mode, shape):
    image, calls = torch.rand(shape).bfloat16(), []
    for pad in (functional.pad, torch._C._nn.pad):
        calls.append(lambda pad=pad: pad(image, PADDED[shape], mode))
        calls.append(lambda pad=pad: pad(image, pad=PADDED[shape], mode=mode))
    for call in calls:
        wanted = dtypes_under(torch.autocast("cpu", torch.bfloat16), call, ())
        assert dtypes_under(autocast("cpu", torch.bfloat16), call, ()) == wanted
    refused = (mode == "reflect" and len(shape) == 2) or (mode == "circular" and len(shape) == 2)
    assert wanted is not None or refused


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_each_way_of_interpolating(dims, device, caplog):
    caplog.set_level("CRITICAL", logger="torch._subclasses.fake_tensor")
    compared = set()
    with warnings.catch_warnings(), FakeTensorMode() if device == "cuda" else nullcontext():
        warnings.simplefilter("ignore")
        image = torch.ones(1, 2, *[4] * dims, dtype=torch.bfloat16, device=device)
        for mode in (
            "nearest",
            "nearest-exact",
            "linear",
            "bilinear",
            "bicubic",
            "trilinear",
            "area",
        ):
            for antialias in (False, True):

                def call(mode=mode, antialias=antialias):
                    return functional.interpolate(image, size=8, mode=mode, antialias=antialias)

                wanted = dtypes_under(autocast_kernels(device, torch.bfloat16), call, ())
                if wanted is not None:
                    assert dtypes_under(autocast(device, torch.bfloat16), call, ()) == wanted
                    compared.add((mode, antialias))
    assert {("nearest", False), ("nearest-exact", False), ("area", False)} <= compared
    assert device == "cpu" or dims != 2 or {("bilinear", True), ("bicubic", True)} <= compared


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_promotion_of_every_pair_and_triple_of_dtypes(device):
    """A third 16-bit dtype is an error, unless a float32 tensor comes before it."""
    dtypes = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64]
    raised = set()
    with FakeTensorMode() if device == "cuda" else nullcontext():
        for chosen in itertools.product(dtypes, repeat=3):
            a, b, c = (torch.ones(3, dtype=dtype, device=device) for dtype in chosen)
            if device == "cpu":
                calls = [
                    lambda a=a, b=b, c=c: torch.cat([a, b, c]),
                    lambda a=a, b=b: torch.stack([a, b]),
                ]
            else:
                calls = [
                    lambda a=a, b=b, c=c: torch.addcmul(a, b, c),
                    lambda a=a, b=b: torch.atan2(a, b),
                ]
            for low, call in itertools.product(HALVES, calls):
                ends = []
                for mode in (autocast_kernels(device, low), autocast(device, low)):
                    try:
                        with mode:
                            ends.append(call().dtype)
                    except RuntimeError as error:
                        refused = "prioritize" in str(error) or "expected float32 or" in str(error)
                        ends.append("third dtype" if refused else "error")
                assert ends[0] == ends[1], (chosen, low)
                raised.add(ends[0])
    assert {"third dtype", torch.float32, torch.float16, torch.bfloat16} <= raised


def gpt():
    model = GPT(GPTConfig(vocab=50, context=16, dim=32, layers=2, heads=4))
    ids = torch.randint(50, (2, 16))
    return model, lambda: functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten())


def bert():
    config = BertConfig(vocab=50, dim=32, layers=2, heads=4, hidden=64, context=16)
    model = BertForPreTraining(config).eval()
    ids = torch.randint(50, (2, 12))

    def loss():
        words, order = tree_leaves(model(ids))[:2]
        return words.square().mean() + order.square().mean()

    return model, loss


def conv():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.GELU(), nn.AvgPool2d(2), nn.Flatten(),
                          nn.Linear(8 * 9, 5), nn.Softmax(-1))  # fmt: skip  # a list reads as a list
    x = torch.randn(4, 3, 8, 8)
    return model, lambda: functional.mse_loss(model(x), torch.ones(4, 5))


def attention():
    model = nn.MultiheadAttention(16, 4, batch_first=True)
    x = torch.randn(2, 5, 16)
    return model, lambda: functional.smooth_l1_loss(model(x, x, x)[0], x)


@pytest.mark.parametrize("make", [gpt, bert, conv, attention])
@pytest.mark.parametrize("low", HALVES)
@pytest.mark.parametrize("cache", [True, False])
def test_models_equal_torch_to_the_bit(make, low, cache):
    torch.manual_seed(0)
    model, loss_of = make()
    results = []
    for mode in (torch.autocast, autocast):
        model.zero_grad()
        with mode("cpu", dtype=low, cache_enabled=cache):
            loss = loss_of()
        loss.backward()
        grads = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        results.append([loss.detach(), *grads])
    theirs, ours = results
    assert len(ours) == len(theirs) > 4
    assert all(a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    with torch.no_grad():
        assert not torch.equal(loss_of(), ours[0])  # the casts change something


def test_a_parameter_is_cast_once_and_forgotten_at_the_end():
    layer, x = nn.Linear(2, 2), torch.ones(1, 2).bfloat16()
    for cached, casts in ((True, 2), (False, 6)):
        for mode in (torch.autocast, autocast):
            with mode("cpu", dtype=torch.bfloat16, cache_enabled=cached), Casts() as made:
                for _ in range(3):
                    layer(x)
            assert made.to == [torch.bfloat16] * casts
        context = autocast("cpu")
        with context:
            layer(x)
            assert len(context.cache) == 2
        assert not context.cache


def test_a_change_of_the_weight_shows_after_the_context():
    for mode in (torch.autocast, autocast):
        weight = torch.ones(2, 2, requires_grad=True)
        with mode("cpu", torch.bfloat16):
            first = (torch.ones(1, 2) @ weight).sum()
            weight.data.mul_(2)
            stale = (torch.ones(1, 2) @ weight).sum()
        with mode("cpu", torch.bfloat16):
            fresh = (torch.ones(1, 2) @ weight).sum()
        assert (first.item(), stale.item(), fresh.item()) == (4.0, 4.0, 8.0)


def test_a_cast_made_without_grad_is_not_kept():
    for mode in (torch.autocast, autocast):
        layer = nn.Linear(2, 2)
        with mode("cpu", torch.bfloat16):
            with torch.no_grad():
                layer(torch.ones(1, 2))
            loss = layer(torch.ones(1, 2)).sum()
        loss.backward()
        assert layer.weight.grad is not None


def test_nesting():
    x = torch.ones(2, 2)
    for mode in (torch.autocast, autocast):
        with mode("cpu", torch.bfloat16):
            a = x @ x
            with mode("cpu", enabled=False):
                b = x @ x
                with mode("cpu", torch.float16):
                    c = x @ x
            d = x @ x
        found = [t.dtype for t in (a, b, c, d, x @ x)]
        assert found == [
            torch.bfloat16,
            torch.float32,
            torch.float16,
            torch.bfloat16,
            torch.float32,
        ]


def test_other_arguments_are_left_alone():
    for mode in (torch.autocast, autocast):
        with mode("cpu", torch.bfloat16):
            double, whole = torch.ones(2, 2).double(), torch.ones(2, 2).long()
            assert (double @ double).dtype == torch.float64
            assert (whole @ whole).dtype == torch.int64
            out = torch.empty(2, 2)
            torch.mm(torch.ones(2, 2), torch.ones(2, 2), out=out)
            assert out.dtype == torch.float32
            assert (
                torch.ones(2, 2).addmm_(torch.ones(2, 2), torch.ones(2, 2)).dtype == torch.float32
            )


def test_bad_input():
    with pytest.raises(ValueError, match="expected device_type to be 'cpu' or 'cuda', got 'mps'"):
        autocast("mps")
    with pytest.raises(ValueError, match="expected dtype to be bfloat16 or float16"):
        autocast("cpu", torch.float32)
    with pytest.raises(NotImplementedError, match="gru"), autocast("cpu"):
        nn.GRU(2, 2)(torch.ones(1, 2))
    sparse = torch.eye(2).to_sparse()
    for call in (torch.sparse.mm, lambda a, b: torch.sparse.addmm(b, a, b)):
        with torch.autocast("cpu"):
            assert call(sparse, torch.ones(2, 2)).dtype == torch.bfloat16
        with pytest.raises(NotImplementedError, match="_sparse_"), autocast("cpu"):
            call(sparse, torch.ones(2, 2))
    with FakeTensorMode():
        x = torch.full((2,), 0.5, device="cuda")
        with autocast("cuda"), pytest.raises(RuntimeError, match="unsafe to autocast"):
            functional.binary_cross_entropy(x, x)
