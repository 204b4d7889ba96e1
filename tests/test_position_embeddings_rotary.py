"""Rotary embeddings against Transformers, rotary-embedding-torch, x-transformers and their own laws."""

import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl.position_embeddings import rotary as r
from reference_impl.position_embeddings import rotary_scaling as s

EXAMPLES = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**31)
layouts = st.sampled_from(r.LAYOUTS)


def draw(seed, *shape, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def llama(head_dim, base=10000.0, length=64, **parameters):
    """Transformers' rotary embedding with these settings."""
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    parameters = {"rope_type": "default", "rope_theta": base, **parameters}
    config = LlamaConfig(
        hidden_size=2 * head_dim,
        num_attention_heads=2,
        max_position_embeddings=length,
        rope_parameters=parameters,
    )
    return LlamaRotaryEmbedding(config)


def theirs(module, q, k, positions):
    from transformers.models.gpt_neox.modeling_gpt_neox import apply_rotary_pos_emb

    return apply_rotary_pos_emb(q, k, *module(q, positions[None]))


SCALINGS = {
    "linear": (s.LinearScaling(4.0), {"rope_type": "linear", "factor": 4.0}, 64),
    "dynamic": (s.DynamicNTKScaling(4.0, 64), {"rope_type": "dynamic", "factor": 4.0}, 64),
    "yarn": (
        s.YaRNScaling(4.0, 64),
        {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
        256,
    ),
    "yarn, own betas": (
        s.YaRNScaling(16.0, 4096, beta_fast=20.0, beta_slow=2.0),
        {
            "rope_type": "yarn",
            "factor": 16.0,
            "original_max_position_embeddings": 4096,
            "beta_fast": 20.0,
            "beta_slow": 2.0,
        },
        65536,
    ),
    "llama3": (
        s.Llama3Scaling(8.0, 64),
        {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        },
        512,
    ),
}


@EXAMPLES
@given(seed=seeds, half=st.integers(1, 40), base=st.sampled_from([100.0, 1e4, 5e5]))
def test_equals_llama(seed, half, base):
    q, k = draw(seed, 2, 4, 5, 2 * half), draw(seed + 1, 2, 2, 5, 2 * half)
    positions = torch.randint(0, 5000, (5,), generator=torch.Generator().manual_seed(seed))
    ours = r.Rotary(2 * half, base=base).rotate(q, k, positions, positions)
    for a, b in zip(ours, theirs(llama(2 * half, base), q, k, positions), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("name", SCALINGS)
@pytest.mark.parametrize("head_dim", [8, 64, 130])
def test_scalings_equal_llama(name, head_dim):
    scaling, parameters, length = SCALINGS[name]
    module = llama(head_dim, length=length, **parameters)
    q, k = draw(0, 1, 4, 9, head_dim), draw(1, 1, 2, 9, head_dim)
    for start in (0, 40, 60, 500):
        positions = torch.arange(start, start + 9)
        ours = r.Rotary(head_dim, scaling=scaling).rotate(q, k, positions, positions)
        for a, b in zip(ours, theirs(module, q, k, positions), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=2e-4)


@EXAMPLES
@given(
    name=st.sampled_from(list(SCALINGS)),
    half=st.integers(2, 70),
    base=st.sampled_from([500.0, 1e4, 5e5]),
    length=st.integers(1, 2000),
)
def test_scaled_frequencies_equal_transformers(name, half, base, length):
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    scaling, parameters, longest = SCALINGS[name]
    config = llama(2 * half, base, longest, **parameters).config
    freqs, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, None, seq_len=length)
    torch.testing.assert_close(scaling.frequencies(2 * half, base, length), freqs)
    assert scaling.attention_factor == pytest.approx(factor)


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.4, 1.0])
def test_partial_equals_gpt_neox(fraction):
    from transformers import GPTNeoXConfig
    from transformers.models.gpt_neox.modeling_gpt_neox import GPTNeoXRotaryEmbedding

    parameters = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": fraction}
    config = GPTNeoXConfig(hidden_size=40, num_attention_heads=2, rope_parameters=parameters)
    q, k, positions = draw(0, 2, 2, 7, 20), draw(1, 2, 2, 7, 20), torch.arange(100, 107)
    ours = r.Rotary(20, fraction=fraction).rotate(q, k, positions, positions)
    expected = theirs(GPTNeoXRotaryEmbedding(config), q, k, positions)
    for a, b in zip(ours, expected, strict=True):
        torch.testing.assert_close(a, b)
    assert torch.equal(ours[0][..., int(20 * fraction) :], q[..., int(20 * fraction) :])


# It counts positions in the dtype of x, so in bfloat16 a position over a factor of 3 is rounded there.
@pytest.mark.parametrize(
    ("factor", "dtype"), [(1.0, torch.float32), (3.0, torch.float32), (1.0, torch.bfloat16)]
)
def test_equals_rotary_embedding_torch(factor, dtype):
    from rotary_embedding_torch import RotaryEmbedding

    x = draw(0, 2, 3, 11, 16, dtype=dtype)
    pairs = [
        ({}, None, 1.0),
        ({"interpolate_factor": factor}, s.LinearScaling(factor), 1.0),
        ({"theta_rescale_factor": factor}, s.NTKScaling(factor), 1.0),
        ({}, None, 0.5),
    ]
    for settings_, scaling, fraction in pairs:
        other = RotaryEmbedding(int(16 * fraction), **settings_)
        ours = r.Rotary(16, layout="interleaved", scaling=scaling, fraction=fraction)
        expected = other.rotate_queries_or_keys(x, offset=6)
        torch.testing.assert_close(ours.turn(x, torch.arange(6, 17)), expected)


# Its import compiles a function with TorchScript, which torch 2.13 has deprecated.
@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_equals_x_transformers(factor):
    from x_transformers.x_transformers import RotaryEmbedding, apply_rotary_pos_emb

    x, positions = draw(0, 2, 3, 11, 20), torch.arange(50, 61)
    for settings_, scaling in [
        ({"interpolation_factor": factor}, s.LinearScaling(factor)),
        ({"base_rescale_factor": factor}, s.NTKScaling(factor)),
    ]:
        freqs, _ = RotaryEmbedding(16, **settings_)(positions)
        ours = r.Rotary(20, layout="interleaved", fraction=0.8, scaling=scaling)
        torch.testing.assert_close(ours.turn(x, positions), apply_rotary_pos_emb(x, freqs))


@EXAMPLES
@given(seed=seeds, half=st.integers(1, 16), shift=st.integers(0, 3000), layout=layouts)
def test_scores_depend_on_the_difference_alone(seed, half, shift, layout):
    q = draw(seed, 1, 2, 6, 2 * half, dtype=torch.float64)
    k = draw(seed + 1, 1, 2, 6, 2 * half, dtype=torch.float64)
    scheme, at = r.Rotary(2 * half, layout=layout), torch.arange(6)

    def scores(positions):
        a, b = scheme.rotate(q, k, positions, positions)
        return a @ b.mT

    torch.testing.assert_close(scores(at + shift), scores(at), rtol=1e-9, atol=1e-9)
    turned = scheme.turn(q, at + shift)
    torch.testing.assert_close(turned.norm(dim=-1), q.norm(dim=-1))
    assert torch.equal(scheme.turn(q[:, :, :1], at[:1]), q[:, :, :1])


@EXAMPLES
@given(seed=seeds, half=st.integers(1, 16))
def test_complex_form_is_interleaved(seed, half):
    x = draw(seed, 3, 5, 2 * half).transpose(0, 1).contiguous().transpose(0, 1)
    theta = r.angles(torch.arange(7, 12), s.frequencies(2 * half))
    torch.testing.assert_close(r.rotate_complex(x, theta), r.rotate_interleaved(x, theta))


def test_gradient_is_the_turn_back():
    x = draw(0, 2, 4, 6, dtype=torch.float64).requires_grad_()
    theta = r.angles(torch.arange(4), s.frequencies(6).double())
    for rotation in (r.rotate_interleaved, r.rotate_half_split, r.rotate_complex):
        assert torch.autograd.gradcheck(rotation, (x, theta))
        (grad,) = torch.autograd.grad(rotation(x, theta).sum(), x)
        torch.testing.assert_close(grad, rotation(torch.ones_like(x), -theta))


@EXAMPLES
@given(
    seed=seeds,
    heads=st.sampled_from([(4, 4), (4, 2), (3, 1)]),
    size=st.sampled_from([(2, 2), (8, 8), (8, 4), (10, 6)]),
    to=layouts,
)
def test_converted_weights_give_the_same_scores(seed, heads, size, to):
    head_dim, rotary_dim = size
    source = next(name for name in r.LAYOUTS if name != to)
    x, positions = draw(seed, 2, 5, 12, dtype=torch.float64), torch.arange(90, 95)
    wq = draw(seed + 1, heads[0] * head_dim, 12, dtype=torch.float64)
    wk = draw(seed + 2, heads[1] * head_dim, 12, dtype=torch.float64)
    bq = draw(seed + 3, heads[0] * head_dim, dtype=torch.float64)

    def scores(wq, bq, wk, layout):
        q = torch.nn.functional.linear(x, wq, bq).unflatten(-1, (heads[0], -1)).transpose(1, 2)
        k = torch.nn.functional.linear(x, wk).unflatten(-1, (heads[1], -1)).transpose(1, 2)
        scheme = r.Rotary(head_dim, layout=layout, fraction=rotary_dim / head_dim)
        q, k = scheme.rotate(q, k, positions, positions)
        return q @ k.repeat_interleave(heads[0] // heads[1], 1).mT

    def convert(weight, n, target):
        return r.convert_weights(weight, n, target, rotary_dim)

    new = convert(wq, heads[0], to), convert(bq, heads[0], to), convert(wk, heads[1], to)
    torch.testing.assert_close(scores(*new, to), scores(wq, bq, wk, source))
    assert torch.equal(convert(new[0], heads[0], source), wq)
    assert torch.equal(convert(new[2], heads[1], source), wk)


@pytest.mark.parametrize("layout", r.LAYOUTS)
def test_decoding_with_a_cache_equals_one_pass(layout):
    scheme = r.Rotary(8, layout=layout, scaling=s.YaRNScaling(4.0, 16))
    q, k, at = draw(0, 1, 4, 9, 8), draw(1, 1, 2, 9, 8), torch.arange(9)
    all_q, all_k = scheme.rotate(q, k, at, at)
    for t in range(9):
        one_q, one_k = scheme.rotate(q[:, :, [t]], k[:, :, [t]], at[[t]], at[[t]])
        torch.testing.assert_close(one_q, all_q[:, :, [t]])
        torch.testing.assert_close(one_k, all_k[:, :, [t]])
    # One new query, and all keys not yet turned.
    new_q, every_k = scheme.rotate(q[:, :, 8:], k, at[8:], at)
    torch.testing.assert_close(new_q, all_q[:, :, 8:])
    torch.testing.assert_close(every_k, all_k)


def test_dynamic_uses_the_longest_position_for_both():
    scheme = r.Rotary(8, scaling=s.DynamicNTKScaling(2.0, 16))
    q, k = draw(0, 1, 1, 1, 8), draw(1, 1, 1, 40, 8)
    _, turned = scheme.rotate(q, k, torch.tensor([63]), torch.arange(40))
    torch.testing.assert_close(turned, scheme.turn(k, torch.arange(40), length=64))
    assert not torch.allclose(turned, scheme.turn(k, torch.arange(40)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision_uses_float32_angles(dtype):
    scheme = r.Rotary(64, scaling=s.YaRNScaling(4.0, 4096)).to(dtype)
    x, positions = draw(0, 1, 1, 8, 64, dtype=dtype), torch.arange(16000, 16008)
    expected = scheme.turn(x.float(), positions).to(dtype)
    assert torch.equal(scheme.turn(x, positions), expected)
    assert scheme.turn(x, positions).dtype == dtype
    assert scheme.state_dict() == {}


def test_empty_and_single():
    scheme = r.Rotary(4)
    empty = torch.zeros(1, 2, 0, 4)
    q, k = scheme.rotate(empty, empty, torch.arange(0), torch.arange(0))
    assert q.shape == k.shape == empty.shape
    assert torch.equal(s.NTKScaling(8.0).frequencies(2, 1e4, 1), torch.ones(1))
    assert s.YaRNScaling(2.0, 4).frequencies(2, 1e4, 1).isfinite().all()


def test_factor_of_one_changes_nothing():
    for scaling in (
        s.RotaryScaling(1.0),
        s.LinearScaling(1.0),
        s.NTKScaling(1.0),
        s.DynamicNTKScaling(1.0, 64),
        s.YaRNScaling(1.0, 64),
        s.Llama3Scaling(1.0, 64),
    ):
        torch.testing.assert_close(scaling.frequencies(32, 1e4, 64), s.frequencies(32))
        assert scaling.attention_factor == 1.0


def test_ntk_keeps_the_fastest_and_stretches_the_slowest():
    plain, ntk = s.frequencies(64), s.NTKScaling(8.0).frequencies(64, 1e4, 1)
    assert ntk[0] == 1
    assert math.isclose(plain[-1] / ntk[-1], 8.0, rel_tol=1e-5)


x = torch.ones(1, 1, 3, 4)
at = torch.arange(3)
ERRORS = [
    (ValueError, "expected an even rotary dimension of at least 2, got 3", lambda: s.frequencies(3)),
    (ValueError, "expected an even rotary dimension of at least 2, got 0", lambda: s.frequencies(0)),
    (ValueError, "expected a base above 1, got 1.0", lambda: s.frequencies(4, 1.0)),
    (ValueError, "expected an even rotary dimension of at least 2, got 5", lambda: r.Rotary(5)),
    (ValueError, "at least 2, got 3", lambda: r.Rotary(6, fraction=0.5)),
    (ValueError, "fraction above 0 and at most 1, got 1.5", lambda: r.Rotary(4, fraction=1.5)),
    (ValueError, "got 'llama'", lambda: r.Rotary(4, layout="llama")),
    (ValueError, "expected x of shape (..., length, 8), got shape (1, 1, 3, 4)", lambda: r.Rotary(8).turn(x, at)),
    (ValueError, "expected 3 positions, one for each token, got shape (4,)", lambda: r.Rotary(4).turn(x, torch.arange(4))),
    (ValueError, "expected positions from 0 on, got -1", lambda: r.Rotary(4).rotate(x, x, at, at - 1)),
    (TypeError, "expected integer positions, got torch.float32", lambda: r.Rotary(4).rotate(x, x, at.float(), at)),
    (TypeError, "expected integer positions, got torch.bool", lambda: r.angles(at > 1, torch.ones(2))),
    (ValueError, "expected positions of shape (length,), got shape (1, 3)", lambda: r.angles(at[None], torch.ones(2))),
    (ValueError, "expected an even rotary dimension, got 3", lambda: r.rotate_half_split(x[..., :3], torch.ones(3, 1))),
    (ValueError, "expected angles of shape (3, 2)", lambda: r.rotate_interleaved(x, torch.ones(3, 4))),
    (ValueError, "expected x of shape (..., length, dim), got shape (4,)", lambda: r.rotate_complex(torch.ones(4), at)),
    (ValueError, "got 'neox'", lambda: r.convert_weights(torch.ones(8, 2), 2, "neox")),
    (ValueError, "expected rows that divide into 3 heads, got 8 rows", lambda: r.convert_weights(torch.ones(8), 3, "half-split")),
    (ValueError, "expected an even rotary dimension from 2 to 4, got 6", lambda: r.convert_weights(torch.ones(8), 2, "half-split", 6)),
    (ValueError, "from 2 to 3, got 3", lambda: r.convert_weights(torch.ones(6), 2, "half-split")),
    (ValueError, "expected a finite factor of at least 1, got 0.5", lambda: s.LinearScaling(0.5)),
    (ValueError, "expected a finite factor of at least 1, got nan", lambda: s.NTKScaling(math.nan)),
    (ValueError, "expected an original length of at least 1, got 0", lambda: s.DynamicNTKScaling(2.0, 0)),
    (ValueError, "expected an original length of at least 1, got 0", lambda: s.YaRNScaling(2.0, 0)),
    (ValueError, "got beta_fast 1.0 and beta_slow 2.0", lambda: s.YaRNScaling(2.0, 8, beta_fast=1.0, beta_slow=2.0)),
    (ValueError, "expected high above low above 0, got high 1.0 and low 1.0", lambda: s.Llama3Scaling(2.0, 8, high=1.0)),
]  # fmt: skip  # a case per line


@pytest.mark.parametrize(("kind", "words", "call"), ERRORS)
def test_errors_say_what_was_expected_and_what_came(kind, words, call):
    with pytest.raises(kind, match=re.escape(words)):
        call()


def test_print():
    assert "rotary_dim=4" in repr(r.Rotary(8, fraction=0.5))
    assert "LinearScaling(factor=2.0)" in repr(r.Rotary(8, scaling=s.LinearScaling(2.0)))
