"""Caches: equal to no cache at all, and their bytes counted, by themselves and by the profiler."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention as sdpa
from torch.profiler import ProfilerActivity, profile
from transformers import LlamaConfig, LlamaForCausalLM

from reference_impl.attention.cache import (
    ConcatenatedCache,
    PreallocatedCache,
    cache_bytes,
    crossover_length,
    weight_bytes,
)
from reference_impl.attention.cached_decoder import CachedDecoder, DecoderConfig
from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.attention.paged_cache import PagedCache, PagePool
from reference_impl.attention.quantised_cache import QuantisedCache, dequantise, quantise

EXAMPLES = settings(deadline=None, max_examples=25)
KINDS = ["preallocated", "concatenated", "paged", "quantised"]
EXACT = KINDS[:3]
HEADS, DIM = 2, 8


def make(kind, batch=2, capacity=32, dtype=torch.float32, heads=HEADS, dim=DIM):
    if kind == "preallocated":
        return PreallocatedCache(batch, heads, capacity, dim, dtype)
    if kind == "concatenated":
        return ConcatenatedCache(batch, heads, dim, dtype)
    if kind == "quantised":
        return QuantisedCache(batch, heads, capacity, dim, dtype)
    pages = batch * -(-capacity // 4)
    return PagedCache(PagePool(pages, 4, heads, dim, dtype), batch)


def rows(new, batch=2, dtype=torch.float32):
    return torch.randn(batch, HEADS, new, DIM, dtype=dtype)


def bytes_of(x):
    return x.numel() * x.element_size()


# -- the caches ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", EXACT)
@EXAMPLES
@given(chunks=st.lists(st.integers(0, 5), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_what_comes_back_is_all_that_went_in(kind, dtype, chunks, seed):
    torch.manual_seed(seed)
    cache, keys, values = make(kind, dtype=dtype), [], []
    for new in chunks:
        keys.append(rows(new, dtype=dtype))
        values.append(rows(new, dtype=dtype))
        k, v = cache.append(keys[-1], values[-1])
        assert torch.equal(k, torch.cat(keys, 2))
        assert torch.equal(v, torch.cat(values, 2))
    total = sum(chunks)
    assert cache.length == total
    assert cache.lengths == (total, total)
    assert cache.bytes_written == 2 * total * cache.row_bytes == bytes_of(k) + bytes_of(v)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_are_not_contiguous(kind):
    torch.manual_seed(0)
    odd = torch.randn(2, 5, HEADS, DIM).transpose(1, 2)
    k, v = make(kind).append(odd, -odd)
    wanted, _ = make(kind).append(odd.contiguous(), odd.contiguous())
    assert torch.equal(k, wanted)
    assert torch.equal(v, -wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_read_are_the_formula_at_every_step(kind):
    cache, before = make(kind), 0
    for t in range(1, 20):
        cache.append(rows(1), rows(1))
        wanted = cache_bytes(1, HEADS, DIM, t, batch=2, bytes_per_number=4)
        if kind == "quantised":  # one byte a number, four for the scale of each row
            wanted = cache_bytes(1, HEADS, DIM + 4, t, batch=2, bytes_per_number=1)
        assert cache.bytes_read - before == wanted
        before = cache.bytes_read


def test_a_preallocated_cache_returns_views_of_one_buffer():
    cache = make("preallocated")
    place = cache.k.data_ptr(), cache.v.data_ptr()
    for t in range(1, 9):
        k, v = cache.append(rows(1), rows(1))
        assert (k.data_ptr(), v.data_ptr()) == place
        assert k.untyped_storage().data_ptr() == cache.k.untyped_storage().data_ptr()
        assert k.stride() == cache.k.stride()
        assert k.shape[2] == t
    cache.reset()
    assert cache.length == 0
    assert cache.append(rows(2), rows(2))[0].data_ptr() == place[0]


@pytest.mark.parametrize(("kind", "growth"), [("preallocated", 0), ("concatenated", 1)])
def test_copies_per_token_as_the_context_grows(kind, growth):
    cache, per_token = make(kind, capacity=64), []
    for _ in range(64):
        before = cache.bytes_copied
        cache.append(rows(1), rows(1))
        per_token.append(cache.bytes_copied - before)
    assert per_token == [growth * 2 * cache.row_bytes * t for t in range(64)]


@pytest.mark.parametrize("kind", ["preallocated", "concatenated"])
def test_the_allocator_agrees_about_copies(kind):
    """What the cache counts against the storages that really come to life."""
    cache = make(kind)
    new = rows(1)
    for t in range(1, 10):
        with LiveBytes() as meter:
            k, v = cache.append(new, new)
        whole = cache_bytes(1, HEADS, DIM, t, batch=2, bytes_per_number=4)
        assert meter.live == (0 if kind == "preallocated" else whole)
        assert meter.peak <= meter.live + 2 * cache.row_bytes
        assert k.shape == v.shape


def test_what_caches_occupy():
    cache = make("preallocated", capacity=32)
    assert cache.nbytes == 2 * 32 * cache.row_bytes  # from the start
    cache = make("concatenated")
    assert cache.nbytes == 0
    cache.append(rows(3), rows(3))
    assert cache.nbytes == 2 * 3 * cache.row_bytes
    cache = make("quantised", capacity=32)
    assert cache.nbytes == 2 * 32 * 2 * HEADS * (DIM + 4)
    cache = make("paged")
    cache.append(rows(5), rows(5))
    assert cache.nbytes == 4 * cache.pool.page_bytes == 4 * 4 * cache.row_bytes
    assert cache.bytes_gathered == cache.bytes_read == 2 * 5 * cache.row_bytes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("k", "v", "error", "words"),
    [
        ((2, HEADS, DIM), (2, HEADS, 1, DIM), ValueError, r"k_new of shape .*got \(2, 2, 8\)"),
        (
            (3, HEADS, 1, DIM),
            (3, HEADS, 1, DIM),
            ValueError,
            r"=\(2, 2, 1, 8\), got \(3, 2, 1, 8\)",
        ),
        ((2, 4, 1, DIM), (2, 4, 1, DIM), ValueError, r"got \(2, 4, 1, 8\)"),
        ((2, HEADS, 1, 9), (2, HEADS, 1, 9), ValueError, r"got \(2, 2, 1, 9\)"),
        (
            (2, HEADS, 2, DIM),
            (2, HEADS, 1, DIM),
            ValueError,
            r"v_new of shape .*got \(2, 2, 1, 8\)",
        ),
    ],
)
def test_wrong_shapes(kind, k, v, error, words):
    cache = make(kind)
    with pytest.raises(error, match=words):
        cache.append(torch.zeros(k), torch.zeros(v))
    assert cache.length == cache.bytes_written == 0


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_dtype_device_or_graph(kind):
    cache, good = make(kind), rows(1)
    with pytest.raises(TypeError, match=r"dtype torch.float32, got torch.float16"):
        cache.append(good, good.half())
    with pytest.raises(ValueError, match="k_new on cpu, got meta"):
        cache.append(good.to("meta"), good)
    with pytest.raises(RuntimeError, match="without a graph, got one that requires grad"):
        cache.append(good.clone().requires_grad_(), good)
    assert cache.length == 0


@pytest.mark.parametrize("kind", ["preallocated", "quantised"])
def test_overflow_says_so_and_changes_nothing(kind):
    cache = make(kind, capacity=4)
    kept = cache.append(rows(3), rows(3))[0].clone()
    with pytest.raises(ValueError, match=r"expected at most 4 tokens in all, got 3 \+ 2 new"):
        cache.append(rows(2), rows(2))
    assert cache.length == 3
    assert torch.equal(cache.append(rows(0), rows(0))[0], kept)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: PreallocatedCache(0, 1, 1, 1), ValueError, "batch of at least 1, got 0"),
        (lambda: PreallocatedCache(1, 1, 0, 1), ValueError, "capacity of at least 1, got 0"),
        (lambda: ConcatenatedCache(1, 0, 1), ValueError, "kv_heads of at least 1, got 0"),
        (lambda: ConcatenatedCache(1, 1, -1), ValueError, "head_dim of at least 1, got -1"),
        (lambda: QuantisedCache(1, 1, 0, 1), ValueError, "capacity of at least 1, got 0"),
        (
            lambda: QuantisedCache(1, 1, 1, 1, torch.int8),
            TypeError,
            "floating dtype, got torch.int8",
        ),
        (lambda: quantise(torch.ones(1, dtype=torch.int64)), TypeError, "got torch.int64"),
        (lambda: PagePool(1, 0, 1, 1), ValueError, "page_size of at least 1, got 0"),
        (lambda: crossover_length(9, 1, 1, 1, batch=0), ValueError, "batch of at least 1, got 0"),
        (
            lambda: crossover_length(9, 1, 1, 1, bytes_per_number=0),
            ValueError,
            "bytes_per_number above 0, got 0",
        ),
    ],
)
def test_wrong_arguments(call, error, words):
    with pytest.raises(error, match=words):
        call()


# -- pages ---------------------------------------------------------------------------------------


def ragged(lengths, pages=32, seed=0):
    torch.manual_seed(seed)
    cache = PagedCache(PagePool(pages, 4, HEADS, DIM), len(lengths))
    kept = [(rows(n, batch=1), rows(n, batch=1)) for n in lengths]
    for i, (k, v) in enumerate(kept):
        cache.select(i).append(k, v)
    return cache, kept


@EXAMPLES
@given(lengths=st.lists(st.integers(0, 13), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_sequences_of_different_lengths_share_a_pool(lengths, seed):
    cache, kept = ragged(lengths, seed=seed)
    new = rows(1, batch=len(lengths)), rows(1, batch=len(lengths))
    k, v = cache.append(*new)
    q = torch.randn(len(lengths), 4, 1, DIM)
    out = sdpa(q, k, v, attn_mask=cache.key_mask, enable_gqa=True)
    for i, (k_old, v_old) in enumerate(kept):
        k_all = torch.cat([k_old, new[0][i : i + 1]], 2)
        v_all = torch.cat([v_old, new[1][i : i + 1]], 2)
        assert torch.equal(k[i : i + 1, :, : lengths[i] + 1], k_all)
        assert not v[i, :, lengths[i] + 1 :].any()
        torch.testing.assert_close(
            out[i : i + 1], sdpa(q[i : i + 1], k_all, v_all, enable_gqa=True)
        )
    assert cache.bytes_read == sum(n + 1 for n in lengths) * cache.row_bytes
    assert cache.wasted_rows == sum(-(n + 1) % 4 for n in lengths) < 4 * len(lengths)
    assert len({page for table in cache.tables for page in table}) == 32 - cache.pool.free_pages


def test_pages_are_given_back_and_used_again():
    cache, _ = ragged([4, 9, 2], pages=6)
    assert cache.tables == ((0,), (1, 2, 3), (4,))
    cache.free(1)
    assert (cache.lengths, cache.pool.free_pages) == ((4, 0, 2), 4)
    k, _ = cache.select(0).append(rows(5, 1), rows(5, 1))
    assert cache.tables[0] == (0, 3, 2)  # wherever there is room
    assert k.shape[2] == 9
    cache.free(1)  # nothing to give
    assert cache.pool.free_pages == 2


def test_no_page_left_says_so_and_changes_nothing():
    cache, _ = ragged([4, 4], pages=3)
    with pytest.raises(RuntimeError, match="expected 2 free pages, got 1"):
        cache.append(rows(1), rows(1))
    assert (cache.lengths, cache.pool.free_pages) == ((4, 4), 1)
    cache.select(0).append(rows(1, 1), rows(1, 1))
    with pytest.raises(RuntimeError, match="expected a free page, got a pool with all 3 in use"):
        cache.pool.allocate()


def test_a_shared_prefix_is_copied_on_write():
    cache, kept = ragged([6], pages=4)
    twin = cache.fork(0)
    assert twin.tables == cache.tables == ((0, 1),)
    assert cache.pool.owners == [2, 2, 0, 0]
    mine = cache.append(rows(1, 1), rows(1, 1))[0].clone()
    assert (cache.tables, twin.tables) == (((0, 2),), ((0, 1),))
    assert cache.bytes_copied == 2 * cache.row_bytes  # of the page that it writes into
    theirs = twin.append(rows(1, 1), rows(1, 1))[0]
    assert twin.bytes_copied == 0  # its only owner by now
    assert torch.equal(mine[:, :, :6], kept[0][0])
    assert torch.equal(theirs[:, :, :6], kept[0][0])
    assert not torch.equal(mine, theirs)
    assert torch.equal(cache.append(rows(0, 1), rows(0, 1))[0], mine)
    twin.free(0)
    assert cache.pool.owners == [1, 0, 1, 0]


def test_a_shared_page_needs_one_copy_less_than_it_has_writers():
    cache, kept = ragged([6], pages=3)
    both = cache.join(cache.fork(0))
    k, _ = both.append(rows(1), rows(1))
    assert both.tables == ((0, 2), (0, 1))
    assert torch.equal(k[:, :, :6], kept[0][0].expand(2, -1, -1, -1))
    assert both.nbytes == 3 * both.pool.page_bytes


def test_wrong_rows_pages_and_pools():
    cache, _ = ragged([1, 1])
    for call in (cache.select, cache.fork, cache.free):
        with pytest.raises(IndexError, match="expected a row from 0 to 1, got 2"):
            call(2)
    for call in (lambda: cache.select(0, 0), lambda: cache.join(cache.select(1))):
        with pytest.raises(ValueError, match="each sequence once, got one twice"):
            call()
    with pytest.raises(ValueError, match="batch of at least 1, got 0"):
        cache.select()
    with pytest.raises(ValueError, match="share a pool, got two"):
        cache.join(ragged([1])[0])
    for call in (cache.pool.share, cache.pool.release):
        with pytest.raises(ValueError, match="expected a page in use, got 31"):
            call(31)


# -- 8 bits --------------------------------------------------------------------------------------


@EXAMPLES
@given(
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    size=st.sampled_from([0.0, 1e-3, 1.0, 1e4]),
    dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
)
def test_the_error_of_8_bits_is_at_most_half_a_scale(shape, size, dtype):
    torch.manual_seed(0)
    x = (torch.randn(shape) * size).to(dtype)
    q, scale = quantise(x)
    assert q.dtype == torch.int8
    assert scale.shape == (*shape[:-1], 1)
    error = (dequantise(q, scale).double() - x.double()).abs()
    assert (error <= scale.double() / 2 * (1 + 1e-4)).all()
    assert (q.abs().amax(-1) == 127).logical_or((x == 0).all(-1)).all()


def test_8_bits_of_the_smallest_and_the_largest_numbers():
    x = torch.tensor([[1e-44, 0.0], [1e-38, -1e-39], [1e-30, 1e-31], [3e38, -1.0]])
    q, scale = quantise(x)
    error = (dequantise(q, scale).double() - x.double()).abs()
    assert (error <= scale.double() / 2 * (1 + 1e-4)).all()
    for bad in (torch.inf, -torch.inf, torch.nan):
        with pytest.raises(ValueError, match="finite numbers, got inf or nan"):
            quantise(torch.tensor([1.0, bad]))


def test_an_8_bit_cache_keeps_within_the_bound():
    torch.manual_seed(0)
    cache, x = make("quantised"), rows(20)
    k, v = cache.append(x, 100 * x)
    assert ((k - x).abs() <= cache.k_scale[:, :, :20] / 2 * (1 + 1e-4)).all()
    assert ((v - 100 * x).abs() <= cache.v_scale[:, :, :20] / 2 * (1 + 1e-4)).all()
    assert cache.bytes_gathered == k.nbytes + v.nbytes


# -- a model that decodes ------------------------------------------------------------------------


def decoder(seed=0, **sizes):
    torch.manual_seed(seed)
    config = DecoderConfig(**({"vocab": 40, "dim": 32, "context": 48} | sizes))
    return CachedDecoder(config).eval()


def caches_for(model, kind, batch, capacity=48):
    c = model.config
    return [make(kind, batch, capacity, heads=c.kv_heads, dim=c.head_dim) for _ in model.blocks]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kv_heads", [4, 2, 1])
@pytest.mark.parametrize(("batch", "time"), [(1, 1), (3, 1), (2, 7)])
def test_the_logits_of_every_step_are_those_without_a_cache(kind, kv_heads, batch, time):
    model = decoder(kv_heads=kv_heads)
    ids = torch.randint(40, (batch, time + 12))
    with torch.no_grad():
        full = model(ids)
    caches = caches_for(model, kind, batch)
    near = {"rtol": 0, "atol": 0.05} if kind == "quantised" else {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(model.prefill(ids[:, :time], caches), full[:, time - 1], **near)
    for t in range(time, time + 12):
        torch.testing.assert_close(model.step(ids[:, t], caches), full[:, t], **near)
    assert [cache.length for cache in caches] == [time + 12] * 2


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("time", [1, 6])
def test_generated_tokens_are_those_without_a_cache(kind, temperature, time):
    model = decoder()
    ids = torch.randint(40, (3, time))
    drawn = [
        model.generate(
            ids, 20, caches, temperature=temperature, generator=torch.Generator().manual_seed(5)
        )
        for caches in (None, caches_for(model, kind, 3))
    ]
    assert torch.equal(*drawn)
    assert drawn[0].shape == (3, time + 20)


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("chunk", [1, 3, 7, 50])
def test_a_prompt_in_chunks(kind, chunk):
    model = decoder()
    ids = torch.randint(40, (2, 17))
    caches = caches_for(model, kind, 2)
    whole = model.prefill(ids, caches_for(model, kind, 2))
    torch.testing.assert_close(model.prefill(ids, caches, chunk=chunk), whole, rtol=1e-4, atol=1e-5)


def test_left_padding_is_not_seen():
    model, prompts = decoder(), [torch.randint(40, (1, n)) for n in (2, 5, 9)]
    padding = torch.tensor([7, 4, 0])
    ids = torch.cat(
        [torch.nn.functional.pad(p, (n, 0)) for p, n in zip(prompts, padding.tolist(), strict=True)]
    )
    together = model.generate(ids, 10, model.new_caches(3, 32), padding=padding)
    for i, prompt in enumerate(prompts):
        assert torch.equal(together[i, padding[i] :], model.generate(prompt, 10)[0])


def test_paged_sequences_of_different_lengths_decode_together():
    model, prompts = decoder(), [torch.randint(40, (1, n)) for n in (2, 11, 5)]
    caches = caches_for(model, "paged", 3)
    logits = torch.cat(
        [model.prefill(p, [c.select(i) for c in caches]) for i, p in enumerate(prompts)]
    )
    texts = list(prompts)
    for _ in range(8):
        ids = logits.argmax(-1)
        texts = [torch.cat([t, i.view(1, 1)], 1) for t, i in zip(texts, ids, strict=True)]
        logits = model.step(ids, caches)
    for prompt, text in zip(prompts, texts, strict=True):
        assert torch.equal(text, model.generate(prompt, 8))


def test_gradients_flow_without_a_cache_and_a_cache_refuses_them():
    model = decoder()
    ids = torch.randint(40, (2, 5))
    model(ids).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    with pytest.raises(RuntimeError, match="requires grad: decode under"):
        model(ids, model.new_caches(2, 8))


def test_wrong_use_of_the_decoder():
    model = decoder()
    ids = torch.zeros(1, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="expected 2 caches, one a layer, got 1"):
        model.prefill(ids, model.new_caches(1, 8)[:1])
    with pytest.raises(ValueError, match="expected ids of batch 2, got 1"):
        model.prefill(ids, model.new_caches(2, 8))
    with pytest.raises(ValueError, match="expected positions below context=48, got 48"):
        model(torch.zeros(1, 49, dtype=torch.long))
    caches = model.new_caches(1, 64)
    model.prefill(torch.zeros(1, 48, dtype=torch.long), caches)
    with pytest.raises(ValueError, match="expected positions below context=48, got 48"):
        model.step(ids[:, 0], caches)
    with pytest.raises(ValueError, match="at least 1 token, got none"):
        model.prefill(ids[:, :0], model.new_caches(1, 8))
    with pytest.raises(ValueError, match="chunk of at least 1, got 0"):
        model.prefill(ids, model.new_caches(1, 8), chunk=0)
    with pytest.raises(ValueError, match="temperature of at least 0, got -1"):
        model.generate(ids, 1, temperature=-1.0)
    with pytest.raises(ValueError, match="layers of at least 1, got 0"):
        DecoderConfig(vocab=3, layers=0)
    with pytest.raises(ValueError, match="kv_heads to divide heads 4, got 3"):
        CachedDecoder(DecoderConfig(vocab=3, heads=4, kv_heads=3))


# -- bytes against a profile, and against real models --------------------------------------------


def attention_inputs(events):
    """Bytes of keys and of values that attention operators were given, in float32."""
    shapes = [e.input_shapes for e in events if e.name.startswith("aten::_scaled_dot_product_fl")]
    keys, values = (sum(4 * torch.Size(s[i]).numel() for s in shapes) for i in (1, 2))
    return len(shapes), keys, values


def test_a_profile_sees_the_bytes_of_the_formula():
    model = decoder(layers=3)
    c = model.config
    caches = model.new_caches(2, 48)
    model.prefill(torch.randint(40, (2, 4)), caches)
    for t in range(5, 12):
        before = sum(cache.bytes_read for cache in caches)
        with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as prof:
            model.step(torch.randint(40, (2,)), caches)
        calls, keys, values = attention_inputs(prof.events())
        formula = cache_bytes(c.layers, c.kv_heads, c.head_dim, t, batch=2, bytes_per_number=4)
        assert calls == c.layers
        assert keys == values == formula // 2
        assert sum(cache.bytes_read for cache in caches) - before == formula


def test_weight_bytes_of_models():
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 30}
    for tied in (False, True):
        config = LlamaConfig(**sizes, num_attention_heads=4, tie_word_embeddings=tied)
        with torch.device("meta"):
            model = LlamaForCausalLM(config)
        total = sum(p.numel() for p in model.parameters())
        lookup = 0 if tied else 30 * 32
        assert weight_bytes(model) == 4 * (total - lookup)
        assert weight_bytes(model, bytes_per_number=2) == 2 * (total - lookup)


@EXAMPLES
@given(
    weights=st.integers(1, 10**12),
    sizes=st.tuples(*[st.integers(1, 64)] * 4),
    bytes_per_number=st.sampled_from([0.5, 1, 2, 4]),
)
def test_the_crossover_is_where_it_says(weights, sizes, bytes_per_number):
    layers, kv_heads, head_dim, batch = sizes
    t = crossover_length(weights, *sizes, bytes_per_number)
    at = cache_bytes(layers, kv_heads, head_dim, t, batch, bytes_per_number)
    before = cache_bytes(layers, kv_heads, head_dim, t - 1, batch, bytes_per_number)
    assert before <= weights < at
