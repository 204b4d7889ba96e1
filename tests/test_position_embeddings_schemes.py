"""Absolute and relative schemes against the papers' formulas, Transformers and x-transformers."""

import json
import math
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import reference_impl.position_embeddings as p

EXAMPLES = settings(deadline=None, max_examples=20)
seeds = st.integers(0, 2**31)
heads = st.integers(1, 5)
FIGURES = Path(__file__).parents[1] / "snippets" / "position_embeddings" / "figures"


def draw(seed, *shape, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def fill(module, seed=0):
    """The module with all its parameters drawn anew: tables that start at 0 would hide mistakes."""
    for offset, parameter in enumerate(module.parameters()):
        parameter.data = draw(seed + offset, *parameter.shape)
    return module


# ---- absolute


def test_sinusoids_are_the_formula_of_the_paper():
    positions, dim = [0, 1, 17, 511, 100_000], 10
    table = p.sinusoids(torch.tensor(positions), dim)
    for row, position in zip(table, positions, strict=True):
        for i in range(dim // 2):
            angle = position / 10000 ** (2 * i / dim)
            assert row[2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert row[2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


@pytest.mark.parametrize("dim", [2, 6, 64])
def test_sinusoids_equal_distilbert_and_marian(dim):
    from transformers.models.distilbert.modeling_distilbert import create_sinusoidal_embeddings
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    ours = p.sinusoids(torch.arange(300), dim)
    theirs = create_sinusoidal_embeddings(300, dim, torch.empty(300, dim))
    torch.testing.assert_close(ours, theirs)
    halves = MarianSinusoidalPositionalEmbedding(300, dim).create_weight()  # sines, then cosines
    torch.testing.assert_close(torch.cat([ours[:, 0::2], ours[:, 1::2]], -1), halves)


@EXAMPLES
@given(half=st.integers(1, 20), offset=st.integers(-300, 300), position=st.integers(300, 5000))
def test_a_shift_is_one_matrix_for_all_positions(half, offset, position):
    matrix = p.shift_matrix(offset, 2 * half)
    here, there = p.sinusoids(torch.tensor([position, position + offset]), 2 * half)
    torch.testing.assert_close(matrix @ here, there, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(2 * half), atol=1e-5, rtol=1e-5)
    # Dot products of sinusoids depend on the offset alone, and not on its sign.
    expected = p.sinusoids(torch.tensor([offset]), 2 * half)[0, 1::2].sum()
    torch.testing.assert_close(here @ there, expected, atol=1e-4, rtol=1e-4)


def test_learned_reads_the_rows_of_its_positions():
    scheme, x = fill(p.Learned(6, 4)), draw(9, 2, 3, 4)
    positions = torch.tensor([5, 0, 2])
    torch.testing.assert_close(scheme.embed(x, positions), x + scheme.weight[positions])
    gpt2_like = nn.Embedding(6, 4)
    scheme.load_state_dict(gpt2_like.state_dict())
    torch.testing.assert_close(scheme.embed(x, positions), x + gpt2_like(positions))
    scheme.embed(x, positions).sum().backward()
    assert scheme.weight.grad.sum(-1).tolist() == [8.0, 0.0, 8.0, 0.0, 0.0, 8.0]


@pytest.mark.parametrize("scheme", [p.Sinusoidal(4), p.Learned(9, 4)])
def test_absolute_schemes_take_awkward_inputs(scheme):
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        assert scheme.embed(torch.ones(2, 3, 4, dtype=dtype), torch.arange(3)).dtype == dtype
    assert scheme.embed(torch.ones(2, 0, 4), torch.arange(0)).shape == (2, 0, 4)
    assert scheme.embed(torch.ones(0, 1, 4), torch.tensor([8])).shape == (0, 1, 4)
    x = draw(0, 4, 3, 2).permute(2, 1, 0)
    torch.testing.assert_close(
        scheme.embed(x, torch.arange(3)), scheme.embed(x.contiguous(), torch.arange(3))
    )


# ---- relative


def naive_shaw(scheme, q, k, weights):
    """Equations 3 and 4 by loops, with a vector for every pair; the added parts alone."""
    scores = torch.zeros(weights.shape, dtype=q.dtype)
    values = torch.zeros(q.shape, dtype=q.dtype)
    limit = scheme.max_distance
    for b, h, i, j in torch.cartesian_prod(*map(torch.arange, weights.shape)).tolist():
        row = max(-limit, min(limit, j - i)) + limit
        scores[b, h, i, j] = q[b, h, i] @ scheme.keys[row] / math.sqrt(q.shape[-1])
        values[b, h, i] += weights[b, h, i, j] * scheme.values_table[row]
    return scores, values


@EXAMPLES
@given(
    seed=seeds, heads=heads, queries=st.integers(1, 6), keys=st.integers(1, 6), k=st.integers(1, 7)
)
def test_shaw_equals_its_definition(seed, heads, queries, keys, k):
    scheme = fill(p.Shaw(3, k), seed).double()
    q = draw(seed, 2, heads, queries, 3, dtype=torch.float64)
    weights = draw(seed + 1, 2, heads, queries, keys, dtype=torch.float64).softmax(-1)
    scores, values = naive_shaw(scheme, q, None, weights)
    at_q, at_k = torch.arange(queries), torch.arange(keys)
    other = torch.zeros(2, heads, keys, 3, dtype=torch.float64)
    torch.testing.assert_close(scheme.scores(q, other, at_q, at_k), scores)
    torch.testing.assert_close(scheme.values(weights, at_q, at_k), values)


def test_shaw_saves_memory_and_loses_no_gradient():
    scheme = fill(p.Shaw(4, 3)).double()
    q = draw(1, 1, 2, 5, 4, dtype=torch.float64).requires_grad_()
    weights = draw(2, 1, 2, 5, 5, dtype=torch.float64).requires_grad_()
    at = torch.arange(5)
    rows = scheme.rows(at, at)
    table = scheme.keys.detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda q, t: p.shaw_scores(q, t, rows), (q, table))
    assert torch.autograd.gradcheck(lambda w, t: p.shaw_values(w, t, rows), (weights, table))
    # The definition keeps a vector for every pair: (5, 5, 4).
    pairs = table[rows]
    torch.testing.assert_close(
        p.shaw_scores(q, table, rows), torch.einsum("bhid,ijd->bhij", q, pairs)
    )
    torch.testing.assert_close(
        p.shaw_values(weights, table, rows), torch.einsum("bhij,ijd->bhid", weights, pairs)
    )


@EXAMPLES
@given(seed=seeds, queries=st.integers(1, 7), keys=st.integers(1, 7))
def test_relative_shift_is_indexing_and_is_xlnets(seed, queries, keys):
    from transformers.models.xlnet.modeling_xlnet import XLNetRelativeAttention

    x = draw(seed, 2, 3, queries, queries + keys - 1)
    shifted = p.relative_shift(x, keys)
    assert shifted.shape == (2, 3, queries, keys)
    for i in range(queries):
        for j in range(keys):
            assert torch.equal(shifted[..., i, j], x[..., i, j - i + queries - 1])
    # XLNet's table has one more column in front, for the distance that no pair has.
    padded = torch.nn.functional.pad(x, (1, 0))
    theirs = XLNetRelativeAttention.rel_shift_bnij(padded, klen=keys)
    assert torch.equal(shifted, theirs)


def naive_xl(scheme, q, k, q_positions, k_positions):
    """The four terms by loops, all of them; divided by the root of the head size."""
    out = torch.zeros(*q.shape[:3], k.shape[2], dtype=q.dtype)
    for b, h, i, j in torch.cartesian_prod(*map(torch.arange, out.shape)).tolist():
        distance = q_positions[i] - k_positions[j]
        sinusoid = p.sinusoids(distance[None], scheme.dim)[0].to(q.dtype)
        r = scheme.project(sinusoid).view(scheme.heads, scheme.head_dim)[h]
        u, v = scheme.content_bias[h], scheme.distance_bias[h]
        a, c = q[b, h, i], k[b, h, j]
        out[b, h, i, j] = a @ c + a @ r + u @ c + v @ r
    return out / math.sqrt(scheme.head_dim)


@pytest.mark.parametrize(
    ("q_positions", "k_positions"),
    [
        (torch.arange(5), torch.arange(5)),
        (torch.arange(4, 7), torch.arange(7)),  # with a memory before
        (torch.tensor([6]), torch.arange(7)),
        (torch.tensor([0, 3, 4]), torch.tensor([9, 2, 2, 5])),  # not one after the other
    ],
)
def test_transformer_xl_equals_its_four_terms(q_positions, k_positions):
    scheme = fill(p.TransformerXL(2, 3, dim=8)).double()
    q = draw(7, 2, 2, len(q_positions), 3, dtype=torch.float64)
    k = draw(8, 2, 2, len(k_positions), 3, dtype=torch.float64)
    content = q @ k.mT / math.sqrt(3)
    ours = content + scheme.scores(q, k, q_positions, k_positions)
    torch.testing.assert_close(ours, naive_xl(scheme, q, k, q_positions, k_positions))


def test_transformer_xl_equals_xlnet():
    from transformers import XLNetConfig
    from transformers.models.xlnet.modeling_xlnet import XLNetModel, XLNetRelativeAttention

    config = XLNetConfig(d_model=8, n_head=2, n_layer=1, vocab_size=32)
    theirs = fill(XLNetRelativeAttention(config)).double().eval()
    q, k = draw(1, 5, 1, 2, 4).double(), draw(2, 5, 1, 2, 4).double()  # (length, batch, heads, dim)
    table = XLNetModel(config).relative_positional_encoding(qlen=5, klen=5).double()
    r = torch.einsum("ibh,hnd->ibnd", table, theirs.r)
    expected = theirs.rel_attn_core(
        q, k, torch.eye(5).double()[:, None, None].expand(5, 1, 2, 5), r
    )  # with the identity as values, the result is the weights

    ours = p.TransformerXL(2, 4, dim=8).double()
    halves = torch.cat([torch.arange(0, 8, 2), torch.arange(1, 8, 2)])  # its sines come first
    weight = theirs.r.flatten(1).T  # (heads * head_dim, dim)
    ours.project.weight.data[:, halves] = weight.detach()
    ours.content_bias.data, ours.distance_bias.data = theirs.r_w_bias.data, theirs.r_r_bias.data
    q, k, at = q.permute(1, 2, 0, 3), k.permute(1, 2, 0, 3), torch.arange(5)
    weights = (q @ k.mT / 2 + ours.scores(q, k, at, at)).softmax(-1)
    torch.testing.assert_close(weights, expected.permute(1, 2, 0, 3), atol=1e-6, rtol=1e-6)


RELATIVE = torch.cat([torch.arange(-300, 301), torch.tensor([-(10**6), 10**6])])


@EXAMPLES
@given(side=st.integers(2, 40), beyond=st.integers(1, 400), bidirectional=st.booleans())
def test_t5_buckets_equal_transformers(side, beyond, bidirectional):
    from transformers.models.t5.modeling_t5 import T5Attention

    buckets = 2 * side if bidirectional else side
    limit = side // 2 + beyond
    ours = p.t5_bucket(
        RELATIVE, bidirectional=bidirectional, num_buckets=buckets, max_distance=limit
    )
    theirs = T5Attention._relative_position_bucket(RELATIVE, bidirectional, buckets, limit)
    assert torch.equal(ours, theirs)
    assert 0 <= ours.min() <= ours.max() < buckets
    assert (ours[limit < RELATIVE.abs()].unique().numel()) == 2


@pytest.mark.parametrize("decoder", [False, True])
def test_t5_bias_equals_transformers_with_its_weights(decoder):
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5Attention

    config = T5Config(d_model=16, num_heads=4, d_kv=4, is_decoder=decoder)
    theirs = fill(T5Attention(config, has_relative_attention_bias=True, layer_idx=0))
    ours = p.T5Bias(4, bidirectional=not decoder)
    own = {k: v for k, v in theirs.state_dict().items() if k in ours.state_dict()}
    ours.load_state_dict(own)
    q, k = torch.zeros(1, 4, 200, 4), torch.zeros(1, 4, 300, 4)
    bias = ours.scores(q, k, torch.arange(200), torch.arange(300))
    assert torch.equal(bias, theirs.compute_bias(200, 300))
    cached = ours.scores(q[:, :, :1], k, torch.tensor([299]), torch.arange(300))
    assert torch.equal(cached, theirs.compute_bias(1, 300, past_seen_tokens=299))


# Its import compiles a function with TorchScript, which torch 2.13 has deprecated.
@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("causal", [False, True])
def test_t5_bias_equals_x_transformers(causal):
    from x_transformers.x_transformers import RelativePositionBias

    theirs = fill(RelativePositionBias(scale=1.0, causal=causal, heads=3))
    ours = p.T5Bias(3, bidirectional=not causal)
    ours.load_state_dict(theirs.state_dict())
    q, k = torch.zeros(1, 3, 40, 2), torch.zeros(1, 3, 150, 2)
    bias = ours.scores(q, k, torch.arange(110, 150), torch.arange(150))
    assert torch.equal(bias[0], theirs(40, 150))


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 16, 20, 40, 112])
def test_alibi_equals_bloom_and_x_transformers(heads):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from x_transformers.x_transformers import AlibiPositionalBias

    scheme, at = p.ALiBi(heads), torch.arange(9)
    q, k = torch.zeros(1, heads, 4, 2), torch.zeros(1, heads, 9, 2)
    bias = scheme.scores(q, k, at[5:], at)
    torch.testing.assert_close(bias[0], AlibiPositionalBias(heads)(4, 9))
    # Bloom adds slope times key position, the same for all queries: no different after a causal softmax.
    bloom = build_alibi_tensor(torch.ones(1, 9, dtype=torch.long), heads, torch.float32)
    later = at[None] > at[5:, None]
    ours = bias[0].masked_fill(later, -math.inf).softmax(-1)
    theirs = bloom.expand(heads, 4, 9).masked_fill(later, -math.inf).softmax(-1)
    torch.testing.assert_close(ours, theirs)


def schemes():
    """Each scheme that acts inside attention, for two heads of 4, every parameter drawn."""
    made = {
        "Shaw": p.Shaw(4, 3),
        "Shaw, keys alone": p.Shaw(4, 3, values=False),
        "Transformer-XL": p.TransformerXL(2, 4),
        "T5": p.T5Bias(2),
        "ALiBi": p.ALiBi(2),
    }
    return {name: fill(scheme) for name, scheme in made.items()}


@pytest.mark.parametrize("name", schemes())
def test_relative_schemes_take_awkward_inputs(name):
    scheme = schemes()[name]
    q, k, at = draw(0, 3, 2, 6, 4), draw(1, 3, 2, 6, 4), torch.arange(6)
    scores = scheme.scores(q, k, at, at)
    torch.testing.assert_close(scheme.scores(q, k, at + 50, at + 50), scores)  # relative indeed
    strided = [x.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0) for x in (q, k)]
    torch.testing.assert_close(scheme.scores(*strided, at, at), scores)
    for step in range(6):  # one query at a time, as with a cache
        one = scheme.scores(q[:, :, [step]], k, at[[step]], at)
        torch.testing.assert_close(one, scores[:, :, [step]])
    for dtype in (torch.float16, torch.bfloat16):
        low = scheme.scores(q.to(dtype), k.to(dtype), at, at)
        assert low.dtype == dtype
        torch.testing.assert_close(low.float(), scores, atol=0.15, rtol=0.05)
    for queries, keys in [(0, 6), (6, 0), (0, 0), (1, 1)]:
        out = scheme.scores(q[:, :, :queries], k[:, :, :keys], at[:queries], at[:keys])
        assert out.shape[-2:] == (queries, keys)
        weights = torch.ones(3, 2, queries, keys)
        added = scheme.values(weights, at[:queries], at[:keys])
        assert added is None or added.shape == (3, 2, queries, 4)


@pytest.mark.parametrize("name", schemes())
def test_gradients_reach_queries_keys_and_tables(name):
    scheme = schemes()[name].double()
    q = draw(0, 1, 2, 3, 4, dtype=torch.float64).requires_grad_()
    k = draw(1, 1, 2, 3, 4, dtype=torch.float64).requires_grad_()
    v, at = draw(2, 1, 2, 3, 4, dtype=torch.float64).requires_grad_(), torch.arange(3)
    assert torch.autograd.gradcheck(lambda q, k, v: p.attend(q, k, v, scheme, at), (q, k, v))
    p.attend(q, k, v, scheme, at).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in scheme.parameters())


# ---- the bench


def test_without_positions_attention_forgets_the_order():
    """Neither the outputs nor their order: a permutation of the tokens permutes the outputs."""
    q, k, v = draw(0, 3, 1, 2, 6, 4).unbind(0)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(0))
    last = torch.full((6,), 5)  # all at one position: nothing is later, so nothing is masked
    plain = p.attend(q, k, v, p.PositionScheme(), last)
    moved = p.attend(*(x[:, :, order] for x in (q, k, v)), p.PositionScheme(), last)
    torch.testing.assert_close(moved, plain[:, :, order])


@pytest.mark.parametrize(
    "scheme", [p.Sinusoidal(64), p.Learned(32, 64), p.Rotary(16), *schemes().values()]
)
def test_the_model_is_causal(scheme):
    config = p.BenchConfig(dim=64, heads=4)
    if not isinstance(scheme, (p.Sinusoidal, p.Learned, p.Rotary)):
        config = p.BenchConfig(dim=8, heads=2)
    torch.manual_seed(0)
    model = p.TinyModel(scheme, config)
    tokens = torch.randint(16, (2, 9))
    changed = tokens.clone()
    changed[:, 6:] = (tokens[:, 6:] + 1) % 16
    torch.testing.assert_close(model(changed)[:, :6], model(tokens)[:, :6])
    assert not torch.allclose(model(changed)[:, 6:], model(tokens)[:, 6:])


def test_the_published_run_is_what_training_gives():
    """A slice of the committed data, trained again: another CPU may differ in a few answers only."""
    data = json.loads((FIGURES / "extrapolation.json").read_text())
    config = p.BenchConfig()
    at = {length: index for index, length in enumerate(data["lengths"])}
    for name, make in {"sinusoidal": lambda: p.Sinusoidal(64), "Shaw": lambda: p.Shaw(16)}.items():
        torch.manual_seed(0)
        model = p.train_tiny(make(), config)
        for length in (32, 128):
            published = data["accuracy"][name][0][at[length]]
            assert p.tail_accuracy(model, length, config) == pytest.approx(published, abs=0.1)


def test_the_table_on_the_page_is_the_committed_run():
    data = json.loads((FIGURES / "extrapolation.json").read_text())
    columns = [data["lengths"].index(length) for length in (32, 64, 128, 256)]
    page = (FIGURES.parents[2] / "docs" / "position_embeddings" / "test_bench.md").read_text()
    for name, runs in data["accuracy"].items():
        medians = [sorted(run[c] for run in runs)[1] if runs[0][c] else None for c in columns]
        cells = ["\N{EN DASH}" if value is None else f"{value:.2f}" for value in medians]
        assert f"| {name} | {' | '.join(cells)} |" in page


@pytest.mark.parametrize("back", [0, 1, 5])
def test_lookback_asks_for_the_token_before(back):
    tokens, targets = p.lookback(3, 9, 7, back, torch.Generator().manual_seed(1))
    assert tokens.min() >= 0
    assert tokens.max() < 7
    for i in range(9):
        expected = tokens[:, i - back] if i >= back else torch.full((3,), -100)
        assert torch.equal(targets[:, i], expected)


x3, x4, at = torch.ones(1, 3, 4), torch.ones(1, 2, 3, 4), torch.arange(3)
ERRORS = [
    (ValueError, "expected an even dim of at least 2, got 5", lambda: p.Sinusoidal(5)),
    (ValueError, "expected an even dim of at least 2, got 0", lambda: p.sinusoids(at, 0)),
    (ValueError, "expected a base above 1, got 0.5", lambda: p.shift_matrix(1, 4, 0.5)),
    (ValueError, "expected x of shape (batch, 3, 4), got shape (1, 3, 4, 1)", lambda: p.Sinusoidal(4).embed(x3[..., None], at)),
    (ValueError, "expected x of shape (batch, 3, 6), got shape (1, 3, 4)", lambda: p.Learned(4, 6).embed(x3, at)),
    (ValueError, "expected positions below 4, the length of the learned table, got 5", lambda: p.Learned(4, 4).embed(x3, at + 3)),
    (ValueError, "expected length and dim of at least 1, got 0 and 4", lambda: p.Learned(0, 4)),
    (ValueError, "expected positions from 0 on, got -1", lambda: p.Sinusoidal(4).embed(x3, at - 1)),
    (ValueError, "expected positions of shape (length,), got shape (1, 3)", lambda: p.check_positions(at[None])),
    (TypeError, "expected integer positions, got torch.float32", lambda: p.relative_positions(at.float(), at)),
    (TypeError, "expected integer positions, got torch.bool", lambda: p.check_positions(at > 1)),
    (ValueError, "expected max_distance of at least 1, got 0", lambda: p.Shaw(4, 0)),
    (ValueError, "expected heads and head_dim of at least 1, got 1 and 0", lambda: p.Shaw(0)),
    (ValueError, "expected q of shape (batch, heads, 3, 8), got shape (1, 2, 3, 4)", lambda: p.Shaw(8).scores(x4, x4, at, at)),
    (ValueError, "expected k of shape (batch, heads, 2, 4), got shape (1, 2, 3, 4)", lambda: p.Shaw(4).scores(x4, x4, at, at[:2])),
    (ValueError, "expected weights of shape (batch, heads, 3, 3), got shape (1, 2, 3, 4)", lambda: p.Shaw(4).values(x4, at, at)),
    (ValueError, "got shape (1, 3, 3)", lambda: p.relative_shift(torch.ones(1, 3, 3), 3)),
    (ValueError, "expected an even dim of at least 2, got 3", lambda: p.TransformerXL(1, 3)),
    (ValueError, "expected heads and head_dim of at least 1, got 0 and 4", lambda: p.TransformerXL(0, 4)),
    (ValueError, "expected q of shape (batch, 3, 3, 4), got shape (1, 2, 3, 4)", lambda: p.TransformerXL(3, 4).scores(x4, x4, at, at)),
    (ValueError, "expected an even num_buckets of at least 4, got 7", lambda: p.T5Bias(2, 7)),
    (ValueError, "expected num_buckets of at least 2, got 1", lambda: p.T5Bias(2, 1, bidirectional=False)),
    (ValueError, "expected max_distance above the 8 exact ones, got 8", lambda: p.T5Bias(2, max_distance=8)),
    (ValueError, "expected heads and head_dim of at least 1, got 0 and 1", lambda: p.T5Bias(0)),
    (ValueError, "expected q of shape (batch, 3, 3, head_dim), got shape (1, 2, 3, 4)", lambda: p.T5Bias(3).scores(x4, x4, at, at)),
    (ValueError, "expected q of shape (batch, 3, 3, head_dim), got shape ()", lambda: p.ALiBi(3).scores(torch.ones(()), x4, at, at)),
    (ValueError, "expected heads of at least 1, got 0", lambda: p.alibi_slopes(0)),
    (ValueError, "expected dim 64 to divide into heads, got 5", lambda: p.BenchConfig(heads=5)),
    (ValueError, "expected back from 0 to length 32 - 1, got 32", lambda: p.BenchConfig(back=32)),
    (ValueError, "expected a length of at least 19, got 18", lambda: p.tail_accuracy(p.TinyModel(p.PositionScheme()), 18, p.BenchConfig())),
]  # fmt: skip  # a case per line


@pytest.mark.parametrize(("kind", "words", "call"), ERRORS)
def test_errors_say_what_was_expected_and_what_came(kind, words, call):
    with pytest.raises(kind, match=re.escape(words)):
        call()
