"""Attention in tiles against `scaled_dot_product_attention`, and the bytes that both keep alive."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.attention.tiled import check_inputs, online_softmax, tiled_attention

EXAMPLES = settings(deadline=None, max_examples=40)
NEAR = {
    torch.float64: {"rtol": 1e-9, "atol": 1e-9},
    torch.float32: {"rtol": 1e-4, "atol": 1e-5},
    torch.float16: {"rtol": 4e-3, "atol": 4e-3},
    torch.bfloat16: {"rtol": 3e-2, "atol": 3e-2},
}
MASKS = ["none", "boolean", "additive", "keys", "row empty"]
lengths = st.integers(1, 20)


def inputs(batch, q_len, kv_len, dim, value_dim, dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    sizes = [(q_len, dim), (kv_len, dim), (kv_len, value_dim)]
    return [torch.randn(*batch, *size, dtype=dtype, requires_grad=True) for size in sizes]


def mask_of(kind, q_len, kv_len, dtype):
    if kind == "none":
        return None
    if kind == "additive":
        return torch.randn(q_len, kv_len, dtype=dtype, requires_grad=True)
    mask = torch.rand((1 if kind == "keys" else q_len), kv_len) > 0.3
    if kind == "row empty":
        mask[-1] = False
    return mask


def exact(q, k, v, mask, causal, scale):
    """The definition, in float64: the reference for every dtype."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = q.double() @ k.double().mT * scale
    if mask is not None and mask.dtype != torch.bool:
        scores = scores + mask.double()
    elif mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    if causal:
        past = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        scores = scores.masked_fill(~past, -torch.inf)
    weights = torch.where(scores.amax(-1, keepdim=True) == -torch.inf, 0.0, scores)
    weights = weights.softmax(-1).masked_fill(scores == -torch.inf, 0.0)
    return weights @ v.double()


@EXAMPLES
@given(
    batch=st.sampled_from([(), (2,), (2, 3), (1, 2, 2)]),
    q_len=lengths,
    kv_len=lengths,
    dim=st.integers(1, 5),
    value_dim=st.integers(1, 5),
    block=st.integers(1, 24),
    causal=st.booleans(),
    kind=st.sampled_from(MASKS),
    dtype=st.sampled_from(list(NEAR)),
    scale=st.sampled_from([None, 0.3, 2.0]),
    seed=st.integers(0, 2**31),
)
def test_forward_and_gradients_are_those_of_the_definition(
    batch, q_len, kv_len, dim, value_dim, block, causal, kind, dtype, scale, seed
):
    q, k, v = inputs(batch, q_len, kv_len, dim, value_dim, dtype, seed)
    mask = mask_of(kind, q_len, kv_len, dtype)
    leaves = [q, k, v] + ([mask] if kind == "additive" else [])
    expected = exact(q, k, v, mask, causal, scale)
    out = tiled_attention(q, k, v, causal=causal, mask=mask, scale=scale, block=block)
    assert out.dtype == dtype
    torch.testing.assert_close(out.double(), expected, **NEAR[dtype])
    weight = torch.randn(expected.shape, dtype=dtype)
    ours = torch.autograd.grad(out, leaves, weight)
    theirs = torch.autograd.grad(expected, leaves, weight.double())
    for a, b in zip(ours, theirs, strict=True):
        near = NEAR[dtype]
        size = max(1.0, b.abs().max().item())
        torch.testing.assert_close(a, b, rtol=near["rtol"] * 4, atol=near["atol"] * size * 4)


@EXAMPLES
@given(
    q_len=lengths,
    kv_len=lengths,
    block=st.integers(1, 24),
    kind=st.sampled_from(["none", "causal", "boolean", "keys", "row empty"]),
    backend=st.sampled_from([SDPBackend.MATH, SDPBackend.FLASH_ATTENTION]),
    transposed=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_equal_to_sdpa(q_len, kv_len, block, kind, backend, transposed, seed):
    leaves = inputs((2, 2), q_len, kv_len, 4, 4, torch.float64, seed)
    q, k, v = leaves
    if transposed:  # (batch, length, heads, dim) seen as (batch, heads, length, dim)
        q, k, v = (x.transpose(1, 2).contiguous().transpose(1, 2) for x in leaves)
        assert q_len == 1 or not q.is_contiguous()
    mask = mask_of("none" if kind == "causal" else kind, q_len, kv_len, torch.float64)
    causal = kind == "causal"
    with sdpa_kernel(backend):
        expected = sdpa(q, k, v, attn_mask=mask, is_causal=causal)
        weight = torch.randn_like(expected)
        theirs = torch.autograd.grad(expected, leaves, weight)
    out = tiled_attention(q, k, v, mask=mask, causal=causal, block=block)
    torch.testing.assert_close(out, expected)
    for a, b in zip(torch.autograd.grad(out, leaves, weight), theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize(("q_len", "kv_len"), [(5, 5), (3, 7), (7, 3)])
def test_gradcheck(causal, kind, q_len, kv_len):
    leaves = inputs((2,), q_len, kv_len, 3, 2)
    mask = mask_of(kind, q_len, kv_len, torch.float64)
    if kind == "additive":
        leaves.append(mask)

    def attention(q, k, v, bias=mask):
        return tiled_attention(q, k, v, causal=causal, mask=bias, block=3)

    assert torch.autograd.gradcheck(attention, leaves)


@pytest.mark.parametrize(("q_len", "kv_len"), [(0, 4), (4, 0), (0, 0)])
def test_empty(q_len, kv_len):
    q, k, v = inputs((2,), q_len, kv_len, 3, 3)
    out = tiled_attention(q, k, v)
    assert torch.equal(out, sdpa(q, k, v))
    out.sum().backward()
    assert q.grad.shape == q.shape
    assert q.grad.count_nonzero() == 0


def test_large_scores_do_not_overflow():
    q, k, v = (x.detach() * 100 for x in inputs((), 10, 40, 8, 8, torch.float32))
    out = tiled_attention(q, k, v, block=7)
    assert out.isfinite().all()
    torch.testing.assert_close(
        out.double(), exact(q, k, v, None, False, None), rtol=1e-3, atol=1e-3
    )


def test_half_precision_is_summed_in_float32():
    """Ones summed in float16 stop at 2,048: 4,096 equal keys would halve the mean."""
    q, k = torch.zeros(1, 8).half(), torch.zeros(4096, 8).half()
    assert torch.equal(tiled_attention(q, k, torch.ones_like(k), block=1), torch.ones(1, 8).half())


def test_no_second_derivative():
    q, k, v = inputs((), 4, 4, 2, 2)
    (grad,) = torch.autograd.grad(tiled_attention(q, k, v).square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


def test_masked_tiles_are_skipped():
    """A causal mask leaves 10 of 4 times 4 tiles: as many products of scores in the forward pass."""
    q, k, v = (x.detach() for x in inputs((), 16, 16, 2, 2))
    counts = []
    for causal in (False, True):
        with torch.profiler.profile() as profile, torch.no_grad():
            tiled_attention(q, k, v, causal=causal, block=4)
        counts.append(sum(e.count for e in profile.key_averages() if e.key == "aten::mm"))
    assert counts == [2 * 16, 2 * 10]


@EXAMPLES
@given(
    shape=st.sampled_from([(1,), (7,), (3, 20), (2, 3, 33)]),
    block=st.integers(1, 40),
    dtype=st.sampled_from(list(NEAR)),
    size=st.sampled_from([1.0, 100.0]),
    seed=st.integers(0, 2**31),
)
def test_online_softmax(shape, block, dtype, size, seed):
    torch.manual_seed(seed)
    scores = (torch.randn(shape) * size).to(dtype)
    scores = scores.masked_fill(torch.rand(shape) < 0.3, -torch.inf)
    maximum, total = online_softmax(scores, block=block)
    assert torch.equal(maximum.squeeze(-1), scores.amax(-1).to(maximum.dtype))
    lse = torch.logsumexp(scores.double(), -1, keepdim=True)
    near = {"rtol": 1e-5, "atol": 1e-5}
    torch.testing.assert_close(maximum.double() + total.double().log(), lse, **near)


def test_online_softmax_of_an_empty_row():
    maximum, total = online_softmax(torch.empty(2, 0))
    assert maximum.tolist() == [[-torch.inf], [-torch.inf]]
    assert total.tolist() == [[0.0], [0.0]]


def measured(attention, length):
    q, k, v = inputs((), length, length, 16, 16, torch.float32)
    with LiveBytes() as meter:
        out = attention(q, k, v)
        kept = meter.live
        out.sum().backward()
    return meter.largest, meter.peak, kept


def test_memory_is_linear_in_the_length_and_that_of_the_matrix_quadratic():
    def naive(q, k, v):
        return (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1) @ v

    short, long = measured(tiled_attention, 512), measured(tiled_attention, 1024)
    assert long[0] == 2 * short[0] == 4 * 1024 * 16  # the largest tensor is an output or a gradient
    assert long[1] < 2.1 * short[1]
    assert long[2] == 4 * 1024 * (16 + 1)  # the output, and one number a query
    short, long = measured(naive, 512), measured(naive, 1024)
    assert long[0] == 4 * short[0] == 4 * 1024 * 1024
    assert long[1] > 3.9 * short[1]
    assert long[2] >= 4 * 1024 * 1024


def test_live_bytes_forgets_what_is_freed_and_ignores_what_was_there():
    before = torch.ones(100)
    with LiveBytes() as meter:
        view = before.view(10, 10).t()
        assert (meter.live, meter.peak) == (0, 0)
        made = view + 1
        assert meter.live == 400
        alias = made[:5]
        del made
        assert meter.live == 400
        del alias
        assert (meter.live, meter.peak, meter.largest) == (0, 400, 400)
        before.add_(1)
    assert meter.peak == 400


def x(*shape, dtype=torch.float32):
    return torch.zeros(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("tensors", "mask", "error", "message"),
    [
        ((x(3), x(3), x(3)), None, ValueError, "at least 2 dimensions, got shapes"),
        ((x(3, 2), x(4, 2), x(5, 2)), None, ValueError, "as many keys as values, got"),
        ((x(3, 2), x(4, 3), x(4, 2)), None, ValueError, "of one head_dim, at least 1, got"),
        ((x(3, 0), x(4, 0), x(4, 2)), None, ValueError, "of one head_dim, at least 1, got"),
        ((x(2, 3, 2), x(1, 4, 2), x(1, 4, 2)), None, ValueError, "same batch and heads, got"),
        (
            (x(3, 2), x(4, 2), x(4, 2).half()),
            None,
            TypeError,
            "one floating dtype, got torch.float32, torch.float32 and torch.float16",
        ),
        ((x(3, 2).long(),) * 3, None, TypeError, "one floating dtype, got torch.int64"),
        (
            (x(3, 2), x(4, 2), x(4, 2)),
            x(3, 5),
            ValueError,
            r"broadcasts to \(3, 4\), got \(3, 5\)",
        ),
        (
            (x(3, 2), x(4, 2), x(4, 2)),
            x(1, 3, 4),
            ValueError,
            r"broadcasts to \(3, 4\), got \(1, 3, 4\)",
        ),
        (
            (x(3, 2), x(4, 2), x(4, 2)),
            x(3, 4).int(),
            TypeError,
            "boolean or floating mask, got torch.int32",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tensors, mask, error, message):
    with pytest.raises(error, match=message):
        check_inputs(*tensors, mask)


@pytest.mark.parametrize("block", [0, -1])
def test_block_of_nothing(block):
    with pytest.raises(ValueError, match=f"block of at least 1, got {block}"):
        tiled_attention(x(3, 2), x(3, 2), x(3, 2), block=block)
    with pytest.raises(ValueError, match=f"block of at least 1, got {block}"):
        online_softmax(x(3, 2), block=block)


def test_shapes_are_checked_at_the_door():
    with pytest.raises(ValueError, match="as many keys as values"):
        tiled_attention(x(3, 2), x(4, 2), x(5, 2))


def test_a_mask_of_keys_alone():
    q, k, v = inputs((2,), 5, 7, 3, 3)
    keys = torch.tensor([True, True, False, True, False, False, True])
    torch.testing.assert_close(
        tiled_attention(q, k, v, mask=keys, block=2), sdpa(q, k, v, attn_mask=keys[None])
    )
