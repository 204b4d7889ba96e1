"""Attention's fast path, its formula, PyTorch's and Hugging Face's are one; every mask, precision and shape."""

import math

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention
from transformers import GPT2Config, LlamaConfig
from transformers.models.gpt2.modeling_gpt2 import GPT2Attention
from transformers.models.llama.modeling_llama import LlamaAttention

from reference_impl.attention import (
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    combine,
    padding_mask,
    prefix_mask,
    scaled_dot_product,
    sliding_window_mask,
    to_additive,
)

TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}
BATCH, HEADS, KV_HEADS, DIM = 2, 4, 2, 8


def definition(q, k, v, allowed, added=None, scale=None):
    """Attention by its definition, pair by pair, in float64. `allowed` is boolean, of full shape."""
    q, k, v = q.double(), k.double(), v.double()
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    group = q.shape[1] // k.shape[1]
    out = q.new_zeros((*q.shape[:-1], v.shape[-1]))
    for b, h, i in torch.cartesian_prod(*map(torch.arange, q.shape[:3])).tolist():
        seen = [j for j in range(k.shape[2]) if allowed[b, h, i, j]]
        if added is not None:
            seen = [j for j in seen if added[b, h, i, j] > -math.inf]
        scores = [float(q[b, h, i] @ k[b, h // group, j]) * scale for j in seen]
        if added is not None:
            scores = [s + float(added[b, h, i, j]) for s, j in zip(scores, seen, strict=True)]
        powers = [math.exp(s - max(scores)) for s in scores]
        for power, j in zip(powers, seen, strict=True):
            out[b, h, i] += power / sum(powers) * v[b, h // group, j]
    return out


def masks(q_len, kv_len):
    """A mask of each kind, named. `None` for none."""
    generator = torch.Generator().manual_seed(q_len * 100 + kv_len)
    lengths = torch.tensor([kv_len, max(kv_len - 2, 0)])
    random = torch.rand(BATCH, HEADS, q_len, kv_len, generator=generator) < 0.6
    return {
        "none": None,
        "causal": causal_mask(q_len, kv_len),
        "causal from the start": causal_mask(q_len, kv_len, offset=0),
        "padding": padding_mask(lengths, kv_len),
        "both": combine(causal_mask(q_len, kv_len), padding_mask(lengths, kv_len)),
        "window": sliding_window_mask(q_len, kv_len, 2),
        "prefix": prefix_mask(q_len, kv_len, 2),
        "prefix of each row": prefix_mask(q_len, kv_len, lengths),
        "nothing": torch.zeros(q_len, kv_len, dtype=torch.bool),
        "random": random,
        "additive": torch.randn(1, HEADS, q_len, kv_len, generator=generator),
        "additive with -inf": to_additive(random) + 0.5,
    }


KINDS = list(masks(3, 3))
SHAPES = [(5, 5), (1, 1), (1, 6), (4, 7), (6, 4), (0, 3)]


def qkv(q_len, kv_len, dtype=torch.float32, seed=0, kv_heads=KV_HEADS):
    generator = torch.Generator().manual_seed(seed)
    sizes = ((HEADS, q_len), (kv_heads, kv_len), (kv_heads, kv_len))
    return tuple(
        torch.randn(BATCH, *size, DIM, generator=generator, dtype=torch.float64).to(dtype)
        for size in sizes
    )


def spread(mask, q_len, kv_len):
    """A mask as full-size booleans and, where it is additive, full-size numbers."""
    full = (BATCH, HEADS, q_len, kv_len)
    if mask is None:
        return torch.ones(full, dtype=torch.bool), None
    if mask.dtype == torch.bool:
        return mask.expand(full), None
    return torch.ones(full, dtype=torch.bool), mask.expand(full)


def gradients(f, tensors, seed=1):
    """What f gives for copies of the tensors, and the gradients of a random sum of it."""
    leaves = [x.detach().clone().requires_grad_() for x in tensors]
    out = f(*leaves)
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(seed)).to(out.dtype)
    return [out.detach(), *torch.autograd.grad((out * weight).sum(), leaves)]


# --- the two paths, the definition and PyTorch ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("teaching", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_its_definition(kind, shape, teaching, causal):
    q, k, v = qkv(*shape)
    mask = masks(*shape)[kind]
    allowed, added = spread(mask, *shape)
    if causal:
        allowed = allowed & causal_mask(*shape)
    out = scaled_dot_product(q, k, v, mask, causal=causal, teaching=teaching)
    torch.testing.assert_close(
        out.double(), definition(q, k, v, allowed, added), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", list(TOLERANCE), ids=str)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(5, 5), (3, 7)], ids=str)
def test_both_paths_have_one_output_and_one_gradient(kind, dtype, causal, shape):
    tensors = qkv(*shape, dtype)
    mask = masks(*shape)[kind]
    if mask is not None and mask.dtype != torch.bool:
        mask = mask.to(dtype)
    fast, slow = (
        gradients(
            lambda q, k, v, t=t: scaled_dot_product(q, k, v, mask, causal=causal, teaching=t),
            tensors,
        )
        for t in (False, True)
    )
    for a, b in zip(fast, slow, strict=True):
        assert a.isfinite().all()
        assert b.isfinite().all()
        tolerance = TOLERANCE[dtype]
        torch.testing.assert_close(a, b, rtol=4 * tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("backend", [SDPBackend.MATH, SDPBackend.FLASH_ATTENTION], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_that_of_pytorch(kind, backend):
    tensors = qkv(5, 6, kv_heads=HEADS)
    mask = masks(5, 6)[kind]
    with sdpa_kernel(backend):
        theirs = gradients(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask), tensors)
    for teaching in (False, True):
        ours = gradients(
            lambda q, k, v, t=teaching: scaled_dot_product(q, k, v, mask, teaching=t), tensors
        )
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("teaching", [False, True])
def test_rows_that_see_nothing_are_zero_and_have_finite_gradients(teaching):
    mask = torch.ones(5, 5, dtype=torch.bool)
    mask[2] = False
    out, *grads = gradients(
        lambda q, k, v: scaled_dot_product(q, k, v, mask, teaching=teaching), qkv(5, 5)
    )
    assert (out[:, :, 2] == 0).all()
    assert (out[:, :, 1] != 0).all()
    assert all(grad.isfinite().all() for grad in grads)
    assert (grads[0][:, :, 2] == 0).all()


@pytest.mark.parametrize("scale", [0.0, -0.5, 2.0])
@pytest.mark.parametrize("shape", [(5, 5), (3, 5)], ids=str)
@pytest.mark.parametrize("teaching", [False, True])
def test_any_scale_is_right_under_a_causal_mask(scale, shape, teaching):
    q, k, v = qkv(*shape)
    out = scaled_dot_product(q, k, v, causal=True, scale=scale, teaching=teaching)
    allowed, _ = spread(causal_mask(*shape), *shape)
    expected = definition(q, k, v, allowed, scale=scale)
    torch.testing.assert_close(out.double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("teaching", [False, True])
def test_tensors_that_are_not_contiguous(teaching):
    q, k, v = qkv(5, 5)
    strided = [torch.stack([x, -x], -1)[..., 0] for x in (q, k, v)]
    turned = [x.transpose(1, 2).contiguous().transpose(1, 2) for x in (q, k, v)]
    expected = scaled_dot_product(q, k, v, causal=True, teaching=teaching)
    for tensors in (strided, turned):
        assert not any(x.is_contiguous() for x in tensors)
        out = scaled_dot_product(*tensors, causal=True, teaching=teaching)
        torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("teaching", [False, True])
@pytest.mark.parametrize(("batch", "q_len", "kv_len"), [(0, 3, 3), (2, 0, 3), (2, 0, 0), (2, 3, 0)])
def test_nothing_to_attend_to(batch, q_len, kv_len, teaching):
    q = torch.ones(batch, HEADS, q_len, DIM)
    k = v = torch.ones(batch, KV_HEADS, kv_len, DIM)
    out = scaled_dot_product(q, k, v, teaching=teaching)
    assert out.shape == (batch, HEADS, q_len, DIM)
    assert (out == 0).all() if kv_len == 0 else (out == 1).all()


def test_gradients_agree_with_finite_differences():
    tensors = [x[:1, :, :3].double().requires_grad_() for x in qkv(3, 3)]
    mask = torch.tensor([[1, 0, 0], [0, 0, 0], [1, 1, 1]], dtype=torch.bool)
    assert torch.autograd.gradcheck(
        lambda q, k, v: scaled_dot_product(q, k, v, mask, teaching=True), tensors
    )


def test_weights_are_a_softmax_over_the_keys():
    q, k, v = qkv(4, 6)
    weights = attention_weights(q, k, causal_mask(4, 6))
    torch.testing.assert_close(weights.sum(-1), torch.ones(BATCH, HEADS, 4))
    assert (weights.masked_select(~causal_mask(4, 6)) == 0).all()
    out = weights @ v.repeat_interleave(HEADS // KV_HEADS, 1)
    torch.testing.assert_close(out, scaled_dot_product(q, k, v, causal=True))


@pytest.mark.parametrize("teaching", [False, True])
def test_dropout_scales_what_it_keeps(teaching):
    torch.manual_seed(0)
    q = k = torch.zeros(1, 1, 1, 4)
    k = k.expand(1, 1, 10_000, 4)
    v = torch.ones(1, 1, 10_000, 1)
    out = scaled_dot_product(q, k, v, dropout=0.25, teaching=teaching)
    assert 0.95 < out.item() < 1.05
    kept = out.item() * 10_000 * 0.75  # every kept weight is 1 / 10,000 / 0.75
    assert abs(kept - round(kept)) < 0.1


# --- the layer ---


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cross", [True, False])
@pytest.mark.parametrize("teaching", [True, False])
def test_the_layer_is_that_of_pytorch(bias, cross, teaching):
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True)
    if bias:
        nn.init.normal_(theirs.in_proj_bias)
        nn.init.normal_(theirs.out_proj.bias)
    ours = MultiHeadAttention.from_torch(theirs)
    x, memory = torch.randn(2, 4, 12), torch.randn(2, 6, 12)
    memory = memory if cross else x
    lengths = torch.tensor([memory.shape[1], 3])
    allowed = padding_mask(lengths, memory.shape[1])

    def run_theirs(x, memory):
        hidden = ~allowed[:, 0, 0]  # True means the opposite there
        return theirs(x, memory, memory, key_padding_mask=hidden, need_weights=False)[0]

    def run_ours(x, memory):
        return ours(x, memory, allowed, teaching=teaching)

    for a, b in zip(
        gradients(run_ours, (x, memory)), gradients(run_theirs, (x, memory)), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_the_layer_without_memory_asks_itself():
    layer = MultiHeadAttention(8, 2)
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(layer(x, causal=True), layer(x, x, causal_mask(5)))


def test_the_layer_is_that_of_gpt2():
    torch.manual_seed(0)
    config = GPT2Config(n_embd=12, n_head=3, n_layer=1, attn_pdrop=0.0, resid_pdrop=0.0)
    config._attn_implementation = "eager"
    theirs = GPT2Attention(config, layer_idx=0).eval()
    ours = MultiHeadAttention(12, 3)
    with torch.no_grad():  # GPT-2's Conv1D keeps its weights transposed, q, k and v side by side
        weights, biases = theirs.c_attn.weight.T.chunk(3), theirs.c_attn.bias.chunk(3)
        projections = (ours.q_proj, ours.k_proj, ours.v_proj)
        for part, weight, bias in zip(projections, weights, biases, strict=True):
            part.weight.copy_(weight)
            part.bias.copy_(bias)
        ours.out_proj.weight.copy_(theirs.c_proj.weight.T)
        ours.out_proj.bias.copy_(theirs.c_proj.bias)
    x = torch.randn(2, 5, 12)
    added = to_additive(causal_mask(5))[None, None]
    expected = gradients(lambda x: theirs(x, attention_mask=added)[0], (x,))
    for teaching in (True, False):
        found = gradients(lambda x, t=teaching: ours(x, causal=True, teaching=t), (x,))
        for a, b in zip(found, expected, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_grouped_heads_are_those_of_llama(kv_heads):
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=12, num_attention_heads=4, num_key_value_heads=kv_heads, head_dim=6
    )
    config._attn_implementation = "eager"
    theirs = LlamaAttention(config, layer_idx=0).eval()
    ours = MultiHeadAttention(12, 4, kv_heads, head_dim=6, bias=False)
    with torch.no_grad():
        for name in ("q", "k", "v"):
            getattr(ours, f"{name}_proj").weight.copy_(getattr(theirs, f"{name}_proj").weight)
        ours.out_proj.weight.copy_(theirs.o_proj.weight)
    x = torch.randn(2, 5, 12)
    unturned = (torch.ones(1, 5, 6), torch.zeros(1, 5, 6))  # cosines and sines of no rotation
    added = to_additive(causal_mask(5))[None, None]
    expected = gradients(lambda x: theirs(x, unturned, added)[0], (x,))
    for teaching in (True, False):
        found = gradients(lambda x, t=teaching: ours(x, causal=True, teaching=t), (x,))
        for a, b in zip(found, expected, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_attention_without_positions_does_not_see_the_order():
    layer = MultiHeadAttention(8, 2)
    x, order = torch.randn(1, 6, 8), torch.randperm(6)
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order])


def test_dropout_acts_in_training_only():
    layer = MultiHeadAttention(8, 2, dropout=0.5)
    x = torch.randn(1, 6, 8)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


# --- masks ---


@pytest.mark.parametrize("shape", [(4, 4), (2, 5), (5, 2), (1, 4), (0, 3), (3, 0)], ids=str)
@pytest.mark.parametrize("offset", [None, 0, 3])
def test_masks_by_their_definition(shape, offset):
    q_len, kv_len = shape
    start = kv_len - q_len if offset is None else offset
    pairs = [(i, j) for i in range(q_len) for j in range(kv_len)]

    def table(rule):
        return torch.tensor([rule(start + i, j) for i, j in pairs], dtype=torch.bool).reshape(shape)

    assert causal_mask(q_len, kv_len, offset).equal(table(lambda i, j: j <= i))
    window = sliding_window_mask(q_len, kv_len, 3, offset)
    assert window.equal(table(lambda i, j: i - 3 < j <= i))
    assert prefix_mask(q_len, kv_len, 2, offset).equal(table(lambda i, j: j <= i or j < 2))


def test_causal_masks_are_those_of_pytorch():
    from torch.nn.attention.bias import causal_lower_right, causal_upper_left

    q, k = torch.randn(1, 1, 3, 4), torch.randn(1, 1, 5, 4)
    for theirs, ours in (
        (causal_lower_right(3, 5), causal_mask(3, 5)),
        (causal_upper_left(3, 5), causal_mask(3, 5, offset=0)),
    ):
        expected = scaled_dot_product_attention(q, k, k, theirs)
        torch.testing.assert_close(scaled_dot_product(q, k, k, ours), expected)


def test_one_prefix_for_each_row():
    found = prefix_mask(4, 4, torch.tensor([1, 3]))
    assert found.shape == (2, 1, 4, 4)
    assert all(found[i, 0].equal(prefix_mask(4, 4, n)) for i, n in enumerate((1, 3)))


def test_boolean_and_additive_masks_do_the_same():
    q, k, v = qkv(5, 5)
    mask = masks(5, 5)["random"]
    expected = scaled_dot_product(q, k, v, mask)
    for teaching in (True, False):
        out = scaled_dot_product(q, k, v, to_additive(mask), teaching=teaching)
        torch.testing.assert_close(out, expected)


# --- bad input ---

X = torch.ones(2, 4, 5, 8)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: scaled_dot_product(X[0], X, X), ValueError, r"got \(4, 5, 8\)"),
        (lambda: scaled_dot_product(X.half(), X, X), TypeError, "float16 and torch.float32"),
        (lambda: scaled_dot_product(X, X[..., :4], X), ValueError, r"\(2, 4, 5, 4\)"),
        (lambda: scaled_dot_product(X, X[:, :3], X[:, :3]), ValueError, "got 4 and 3"),
        (lambda: scaled_dot_product(X, X, X[:, :, :4]), ValueError, r"got \(2, 4, 4, 8\)"),
        (lambda: scaled_dot_product(X, X, X.double()), TypeError, "got torch.float64"),
        (lambda: scaled_dot_product(X, X, X, dropout=1.0), ValueError, "got 1.0"),
        (
            lambda: scaled_dot_product(X, X, X, torch.ones(2, 5, dtype=torch.bool)),
            ValueError,
            r"broadcasts to \(batch, heads, q_len, kv_len\)=\(2, 4, 5, 5\), got \(2, 5\)",
        ),
        (
            lambda: scaled_dot_product(X, X, X, torch.ones(5, 5, dtype=torch.long)),
            TypeError,
            "boolean or floating mask, got torch.int64",
        ),
        (lambda: attention_weights(X, X, torch.ones(1, 2, 4, 5, 5)), ValueError, "got"),
        (lambda: MultiHeadAttention(10, 4), ValueError, "divide dim 10, got 4 heads"),
        (lambda: MultiHeadAttention(8, 4, 3), ValueError, "divide heads 4, got 3"),
        (lambda: MultiHeadAttention(8, 0), ValueError, "at least 1, got 8, 0"),
        (lambda: MultiHeadAttention(8, 2, dropout=-0.1), ValueError, "got -0.1"),
        (lambda: MultiHeadAttention(8, 2)(X[0, :, :, :7]), ValueError, r"got \(4, 5, 7\)"),
        (lambda: MultiHeadAttention(8, 2)(X[0], X[0, :3]), ValueError, "batch of x, 4, got 3"),
        (lambda: MultiHeadAttention(8, 2)(X[0], X), ValueError, "expected memory of shape"),
        (
            lambda: MultiHeadAttention.from_torch(nn.MultiheadAttention(8, 2, kdim=4)),
            ValueError,
            "got kdim=4",
        ),
        (lambda: causal_mask(-1), ValueError, "got -1 and -1"),
        (lambda: sliding_window_mask(3, window=0), ValueError, "got 0"),
        (lambda: prefix_mask(3, prefix=-2), ValueError, "got -2"),
        (lambda: padding_mask(torch.tensor([[1]]), 3), ValueError, r"got shape \(1, 1\)"),
        (lambda: padding_mask(torch.tensor([-1]), 3), ValueError, "got -1"),
        (lambda: combine(torch.ones(3)), TypeError, "got torch.float32"),
        (lambda: to_additive(torch.ones(3)), TypeError, "got torch.float32 and"),
        (
            lambda: to_additive(causal_mask(3), torch.int64),
            TypeError,
            "got torch.bool and torch.int64",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words) as raised:
        call()
    assert "expected" in str(raised.value)
