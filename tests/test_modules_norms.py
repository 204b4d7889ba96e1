"""The normalisation layers of `reference_impl.modules` against `torch.nn`'s."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference_impl.modules import norms

pytestmark = pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")

EXAMPLES = settings(deadline=None, max_examples=30)
TOLERANCE = {
    torch.float64: {"rtol": 1e-9, "atol": 1e-9},
    torch.float32: {"rtol": 1e-4, "atol": 1e-5},
    torch.float16: {"rtol": 4e-3, "atol": 4e-3},
    torch.bfloat16: {"rtol": 3e-2, "atol": 3e-2},
}
seeds = st.integers(0, 2**31)
dtypes = st.sampled_from(list(TOLERANCE))


def pair(name, *args, dtype=torch.float64, seed=0, **kwargs):
    """Our layer and torch's with the same random weights, moved through a state dict."""
    torch.manual_seed(seed)
    theirs, ours = getattr(nn, name)(*args, **kwargs), getattr(norms, name)(*args, **kwargs)
    with torch.no_grad():
        for p in theirs.parameters():
            p.normal_()
    theirs, ours = theirs.to(dtype), ours.to(dtype)
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])
    return ours, theirs


def tensors(seed, shape, dtype, transposed=False):
    """Equal leaves, the last in float64, and the same input seen through them; perhaps not contiguous."""
    torch.manual_seed(seed)
    value = torch.randn(*shape, dtype=torch.float64).mul(3).add(1).to(dtype)
    leaves = []
    for kind in (dtype, dtype):
        leaf = (value.transpose(0, -1).contiguous() if transposed else value).to(kind, copy=True)
        leaf.requires_grad_()
        leaves.append((leaf, leaf.transpose(0, -1) if transposed else leaf))
    # In torch 2.13 the gradient of BatchNorm2d is wrong at strides (1, 1, 1, 2): this one is contiguous.
    exact = value.double().requires_grad_()
    return [*leaves, (exact, exact)]


def compare(ours, theirs, shape, dtype, seed=1, transposed=False):
    """Forward, the three gradients, buffers."""
    exact = copy.deepcopy(theirs).double()
    (a, x), (b, z), (c, w) = tensors(seed, shape, dtype, transposed)
    out, expected, ideal = ours(x), theirs(z), exact(w)
    near = TOLERANCE[dtype]
    near_both(out, expected, ideal, near)
    weights = torch.randn(expected.shape, dtype=torch.float64).to(dtype)
    for module in (ours, theirs, exact):
        module.zero_grad()
    out.backward(weights)
    expected.backward(weights)
    ideal.backward(weights.double())
    parameters = [list(m.parameters()) for m in (ours, theirs, exact)]
    if transposed:
        a, b, c = a.grad.transpose(0, -1), b.grad.transpose(0, -1), c.grad
    else:
        a, b, c = a.grad, b.grad, c.grad
    near_both(a, b, c, near)
    for mine, other, right in zip(*parameters, strict=True):
        near_both(mine.grad, other.grad, right.grad, near)
    same_state(ours, theirs, near)


def near_both(mine, other, right, near):
    """As near to torch's float64 as torch's own dtype is: where values nearly cancel, digits are lost."""
    assert mine.dtype == other.dtype
    if right.numel():
        lost = (other - right).abs().max().item()
        atol = near["atol"] * max(1.0, right.abs().max().item()) + 4 * lost
        torch.testing.assert_close(mine.double(), right, rtol=near["rtol"], atol=atol)


def same_state(ours, theirs, near):
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    for key, value in other.items():
        torch.testing.assert_close(mine[key], value, **near)


batch_shapes = st.one_of(
    st.tuples(st.integers(2, 6), st.integers(1, 4)),
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(2, 5)),
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(2, 3)),
)


@EXAMPLES
@given(
    batch_shapes,
    st.sampled_from([0.1, 0.5, 0.0, 1.0, None]),
    st.booleans(),
    st.booleans(),
    dtypes,
    st.booleans(),
    seeds,
)
def test_batch_norm_is_torchs_through_training_and_evaluation(
    shape, momentum, affine, track, dtype, transposed, seed
):
    name = "BatchNorm2d" if len(shape) == 4 else "BatchNorm1d"
    options = {"momentum": momentum, "affine": affine, "track_running_stats": track}
    ours, theirs = pair(name, shape[1], dtype=dtype, seed=seed, **options)
    for step in range(3):
        compare(ours, theirs, shape, dtype, seed + step, transposed)
    ours.eval()
    theirs.eval()
    compare(ours, theirs, shape, dtype, seed + 9, transposed)


sample_shapes = st.tuples(
    st.lists(st.integers(0, 3), max_size=2), st.lists(st.integers(2, 5), min_size=1, max_size=2)
)


@EXAMPLES
@given(sample_shapes, st.booleans(), st.booleans(), dtypes, seeds, st.booleans())
def test_layer_norm_is_torchs(shapes, affine, bias, dtype, seed, training):
    before, last = shapes
    ours, theirs = pair(
        "LayerNorm", last, dtype=dtype, seed=seed, elementwise_affine=affine, bias=bias
    )
    ours.train(training)
    compare(ours, theirs, (*before, *last), dtype, seed, transposed=bool(before))


@EXAMPLES
@given(sample_shapes, st.booleans(), st.sampled_from([None, 1e-6, 0.1]), dtypes, seeds)
def test_rms_norm_is_torchs(shapes, affine, eps, dtype, seed):
    before, last = shapes
    ours, theirs = pair("RMSNorm", last, dtype=dtype, seed=seed, elementwise_affine=affine, eps=eps)
    compare(ours, theirs, (*before, *last), dtype, seed, transposed=bool(before))


@pytest.mark.parametrize("name", ["BatchNorm1d", "LayerNorm", "RMSNorm"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_float32_layer_takes_16_bit_inputs(name, dtype):
    ours, theirs = pair(name, 4, dtype=torch.float32)
    compare(ours, theirs, (6, 4), dtype)


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
def test_sums_of_16_bit_values_do_not_overflow(name):
    """The square of 300 is more than float16 can hold."""
    ours, theirs = pair(name, 8, dtype=torch.float16)
    x = torch.linspace(200, 400, 8).half()
    assert ours(x).isfinite().all()
    torch.testing.assert_close(ours(x), theirs(x), rtol=4e-3, atol=4e-3)


def test_a_tiny_input_meets_the_default_eps_of_rms_norm():
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        ours, theirs = pair("RMSNorm", 3, dtype=dtype)
        x = torch.tensor([1e-4, 2e-4, -1e-4], dtype=dtype)
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("BatchNorm1d", (1, 3), ValueError),
        ("BatchNorm1d", (1, 3, 1), ValueError),
        ("BatchNorm2d", (1, 3, 1, 1), ValueError),
        ("BatchNorm1d", (3,), ValueError),
        ("BatchNorm1d", (2, 3, 2, 2), ValueError),
        ("BatchNorm2d", (2, 3, 2), ValueError),
        ("BatchNorm1d", (2, 4), RuntimeError),
        ("LayerNorm", (2, 4), RuntimeError),
        ("RMSNorm", (2, 4), RuntimeError),
    ],
)
def test_what_torch_refuses_is_refused_with_the_same_type(name, shape, kind):
    ours, theirs = pair(name, 3)
    x = torch.randn(shape, dtype=torch.float64)
    with pytest.raises(kind) as expected:
        theirs(x)
    with pytest.raises(kind) as got:
        ours(x)
    if kind is ValueError:
        assert str(got.value) == str(expected.value)


def test_an_eps_of_0_is_refused_in_training_only():
    ours, theirs = pair("BatchNorm1d", 3, eps=0.0)
    x = torch.randn(4, 3, dtype=torch.float64)
    for layer in (ours, theirs):
        with pytest.raises(ValueError, match="eps must be positive during training"):
            layer(x)
        layer.reset_running_stats()  # torch has counted the batch that it refused
    compare(ours.eval(), theirs.eval(), (4, 3), torch.float64)


def test_a_dtype_that_does_not_fit_is_refused():
    for name in ("BatchNorm1d", "LayerNorm"):
        ours, theirs = pair(name, 3, dtype=torch.float16)
        for layer in (ours, theirs):
            with pytest.raises(RuntimeError, match="dtype"):
                layer(torch.randn(4, 3))


def test_a_batch_of_one_is_fine_in_evaluation_and_with_no_batch_to_speak_of():
    ours, theirs = pair("BatchNorm1d", 3)
    compare(ours.eval(), theirs.eval(), (1, 3), torch.float64)
    compare(ours.eval(), theirs.eval(), (0, 3), torch.float64)
    ours, theirs = pair("LayerNorm", 3)
    compare(ours, theirs, (1, 3), torch.float64)
    compare(ours, theirs, (3,), torch.float64)


def test_the_state_dict_goes_both_ways():
    ours, theirs = pair("BatchNorm1d", 3)
    ours(torch.randn(5, 3, dtype=torch.float64))
    assert theirs.load_state_dict(ours.state_dict()) == ([], [])
    same_state(ours, theirs, TOLERANCE[torch.float64])
    ours.reset_parameters()
    theirs.reset_parameters()
    same_state(ours, theirs, TOLERANCE[torch.float64])


def test_a_state_dict_from_before_num_batches_tracked_is_loaded():
    ours, theirs = pair("BatchNorm1d", 3)
    old = {k: v for k, v in theirs.state_dict().items() if k != "num_batches_tracked"}
    for layer in (ours, theirs):
        assert layer.load_state_dict(dict(old)) == ([], [])


def test_the_running_statistics_are_no_part_of_the_graph():
    ours, _ = pair("BatchNorm1d", 3)
    ours(torch.randn(5, 3, dtype=torch.float64, requires_grad=True))
    assert not ours.running_mean.requires_grad
    assert copy.deepcopy(ours).running_var.equal(ours.running_var)


def test_the_formulas_pass_gradcheck():
    for layer in (norms.BatchNorm1d(3), norms.LayerNorm(3), norms.RMSNorm(3)):
        layer.double()
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(layer, (x,))


CHANGES = {
    "no longer tracked": {"track_running_stats": False},
    "no count": {"num_batches_tracked": None},
    "no running statistics": {"running_mean": None, "running_var": None},
    "no weight": {"weight": None},
    "no bias": {"bias": None},
}


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_switched_off_after_construction_stays_off(change, momentum):
    ours, theirs = pair("BatchNorm1d", 3, momentum=momentum)
    for layer in (ours, theirs):
        for name, value in CHANGES[change].items():
            setattr(layer, name, value)
    compare(ours, theirs, (5, 3), torch.float64)
    compare(ours.eval(), theirs.eval(), (5, 3), torch.float64)
