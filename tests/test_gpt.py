"""The GPT against Hugging Face's two models, its bands against masks, and its errors."""

from functools import partial

import pytest
import torch
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import GPT2Config, GPT2LMHeadModel, OpenAIGPTConfig, OpenAIGPTLMHeadModel

from reference_impl.attention import causal_mask, sample, sliding_window_mask
from reference_impl.gpt import (
    GPT,
    CachedLogits,
    GPTConfig,
    banded_attention,
    config_from_hugging_face,
    from_hugging_face,
    generate,
    to_hugging_face,
)

SIZES = [
    {"vocab_size": 11, "n_positions": 12, "n_embd": 8, "n_layer": 2, "n_head": 2},
    {"vocab_size": 23, "n_positions": 9, "n_embd": 21, "n_layer": 3, "n_head": 3},
    {"vocab_size": 7, "n_positions": 30, "n_embd": 16, "n_layer": 1, "n_head": 16},
]
KINDS = [(OpenAIGPTConfig, OpenAIGPTLMHeadModel), (GPT2Config, GPT2LMHeadModel)]
SMALL = GPTConfig(vocab=11, context=12, dim=8, layers=2, heads=2)


def quiet(config_class, **settings):
    """A config without dropout and special tokens."""
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
    drops = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return config_class(**{**drops, **ids, **settings})


def pair(kind, seed=0, **settings):
    """One of theirs in float64, with random biases and norms too, and ours with its weights."""
    config_class, model_class = KINDS[kind]
    torch.manual_seed(seed)
    theirs = model_class(quiet(config_class, **settings)).double().eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    config = config_from_hugging_face(theirs.config.to_dict())
    return theirs, from_hugging_face(theirs.state_dict(), config)


def gradients_by_their_names(ours):
    """The gradients of ours, in a copy of the model whose weights they are."""
    grads = GPT(ours.config).double()
    grads.load_state_dict({name: p.grad for name, p in ours.named_parameters()})
    return to_hugging_face(grads)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("padded", [False, True])
def test_logits_loss_and_gradients_are_hugging_faces(kind, sizes, padded):
    theirs, ours = pair(kind, **sizes)
    ids = torch.randint(sizes["vocab_size"], (3, 9))
    keep = torch.ones(3, 9, dtype=torch.bool)
    if padded:
        keep[0, :4] = keep[1, 6:] = False  # filler on the left, and on the right
    labels = torch.where(keep, ids, -100)
    labels[2, 3:6] = -100
    targets = torch.cat((labels[:, 1:], torch.full((3, 1), -100)), dim=1)
    targets[0, 3] = labels[0, 4] = -100  # the filler before the first token predicts nothing

    positions = (keep.cumsum(1) - 1).clamp(min=0)
    out = theirs(ids, attention_mask=keep.double(), position_ids=positions, labels=labels)
    logits = ours(ids, keep if padded else None)
    torch.testing.assert_close(logits[keep], out.logits[keep])
    loss = ours.loss(ids, targets, keep if padded else None)
    expected = cross_entropy(out.logits.flatten(0, 1), targets.flatten())
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(loss.float(), out.loss)  # theirs is in float32
    total = ours.loss(ids, targets, keep if padded else None, reduction="sum")
    torch.testing.assert_close(total, expected * (targets != -100).sum())

    loss.backward()
    expected.backward()
    mine = gradients_by_their_names(ours)
    for name, weight in theirs.named_parameters():
        torch.testing.assert_close(mine[name], weight.grad)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("sizes", SIZES)
def test_state_dicts_go_there_and_back(kind, sizes):
    theirs, ours = pair(kind, **sizes)
    state = theirs.state_dict()
    back = to_hugging_face(ours)
    assert back.keys() == state.keys()
    assert all(torch.equal(back[name], state[name]) for name in state)
    theirs.load_state_dict(back)
    inner = theirs.transformer.state_dict()  # no `transformer.` in front, no output layer
    inner["h.0.attn.bias"] = torch.ones(1)  # a buffer of old files
    again = from_hugging_face(inner, ours.config)
    ids = torch.randint(sizes["vocab_size"], (2, 5))
    assert torch.equal(again(ids), ours(ids))


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("cached", [False, True])
def test_generated_ids_are_hugging_faces(kind, sizes, cached):
    theirs, ours = pair(kind, **sizes)
    prompt = torch.randint(1, sizes["vocab_size"], (3, 3))
    expected = theirs.generate(prompt, max_new_tokens=6, do_sample=False)
    assert torch.equal(generate(ours, prompt, 6, cached=cached), expected)


@pytest.mark.parametrize("cached", [False, True])
def test_generated_ids_with_filler_are_hugging_faces(cached):
    for seed, sizes in enumerate(SIZES):
        theirs, ours = pair(1, seed, **sizes)
        prompt = torch.randint(1, sizes["vocab_size"], (3, 4))
        keep = torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 1]]).bool()
        prompt[~keep] = 0
        theirs.generation_config.eos_token_id = 5
        expected = theirs.generate(prompt, attention_mask=keep.long(), max_new_tokens=5)
        ours_ids = generate(ours, prompt, 5, keep=keep, stop=5, pad=0, cached=cached)
        assert torch.equal(ours_ids, expected)


def test_drawn_ids_are_the_same_with_and_without_the_cache():
    torch.manual_seed(3)
    model = GPT(SMALL.change(band=3, init_std=0.5)).double()
    prompt = torch.randint(11, (2, 4))
    keep = torch.tensor([[0, 1, 1, 1], [1, 1, 1, 1]]).bool()
    for real in (None, keep):
        runs = []
        for cached in (False, True):
            dice = torch.Generator().manual_seed(5)
            choose = partial(sample, generator=dice)
            runs.append(generate(model, prompt, 8, keep=real, choose=choose, cached=cached))
        assert torch.equal(*runs)
    assert model.training


@pytest.mark.parametrize("band", [None, 1, 3, 20])
def test_cached_logits_are_those_of_the_whole(band):
    torch.manual_seed(4)
    model = GPT(SMALL.change(band=band, layers=4)).double().eval()
    ids = torch.randint(11, (2, 12))
    keep = torch.ones(2, 12, dtype=torch.bool)
    keep[0, :2] = False
    for real in (None, keep):
        whole = model(ids, real)
        for cuts in ([3] + [1] * 9, [5, 4, 3], [12], [7, 1, 1, 3]):
            follows = CachedLogits(model, 2, 12, None if real is None else real[:, : cuts[0]])
            end = 0
            for cut in cuts:
                end += cut
                torch.testing.assert_close(follows(ids[:, :end]), whole[:, end - 1])


@pytest.mark.parametrize("length", [1, 3, 4, 5, 8, 13])
@pytest.mark.parametrize("band", [1, 2, 4, 7, 100])
def test_banded_attention_is_the_mask(length, band):
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, length, 4, dtype=torch.float64).requires_grad_() for _ in "qkv")
    mask = sliding_window_mask(length, window=band)
    outs = [banded_attention(q, k, v, band), scaled_dot_product_attention(q, k, v, mask)]
    torch.testing.assert_close(*outs)
    noise = torch.randn_like(outs[0])
    torch.testing.assert_close(*(torch.autograd.grad((o * noise).sum(), (q, k, v)) for o in outs))


def test_every_second_layer_is_banded():
    torch.manual_seed(1)
    model = GPT(SMALL.change(band=3, layers=4)).eval()
    assert [block.attention.band for block in model.blocks] == [None, 3, None, 3]
    x = torch.randn(1, 8, 8, requires_grad=True)
    for block, reach in zip(model.blocks, [8, 3, 8, 3], strict=True):
        (seen,) = torch.autograd.grad(block.attention(x)[0, -1].sum(), x)
        assert (seen[0].abs().sum(-1) > 0).sum() == reach


def test_a_wide_band_is_no_band():
    torch.manual_seed(2)
    model = GPT(SMALL)
    banded = GPT(SMALL.change(band=12))
    banded.load_state_dict(model.state_dict())
    ids = torch.randint(11, (2, 12))
    torch.testing.assert_close(banded(ids), model(ids))


@pytest.mark.parametrize("config", [SMALL, SMALL.change(band=2), SMALL.change(norm="post")])
def test_no_token_sees_what_comes_after_it(config):
    torch.manual_seed(3)
    model = GPT(config).eval()
    ids = torch.randint(11, (1, 6))
    changed = ids.clone()
    changed[0, 4] = (ids[0, 4] + 1) % 11
    a, b = model(ids), model(changed)
    assert torch.equal(a[:, :4], b[:, :4])
    assert not torch.allclose(a[:, 4], b[:, 4])


def test_filler_changes_nothing():
    torch.manual_seed(5)
    for band in (None, 2):
        model = GPT(SMALL.change(band=band)).double().eval()
        ids = torch.randint(11, (1, 5))
        left = torch.cat((torch.zeros(1, 3, dtype=torch.long), ids), dim=1)
        keep = torch.tensor([[False] * 3 + [True] * 5])
        torch.testing.assert_close(model(left, keep)[:, 3:], model(ids))
        right = left.roll(-3, dims=1)
        torch.testing.assert_close(model(right, keep.roll(-3, dims=1))[:, :5], model(ids))


def test_beginning_weights_are_the_papers():
    torch.manual_seed(6)
    config = GPTConfig(vocab=400, context=100, dim=100, layers=8, heads=4)
    for scaled, factor in ((True, 0.25), (False, 1.0)):
        model = GPT(config.change(scale_residual=scaled))
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                writes = name.endswith(("attention.out.weight", "mlp.down.weight"))
                want = 0.02 * (factor if writes else 1.0)
                assert float(weight.detach().std()) == pytest.approx(want, rel=0.05)
            elif "norm" in name and name.endswith("weight"):
                assert torch.all(weight == 1)
            else:
                assert torch.all(weight == 0)


def test_dropout_is_at_work_in_training_only():
    torch.manual_seed(7)
    model = GPT(SMALL.change(dropout=0.5, band=2))
    ids = torch.randint(11, (2, 6))
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))


def test_half_precision_is_near():
    torch.manual_seed(8)
    model = GPT(SMALL.change(init_std=0.2)).eval()
    ids = torch.randint(11, (2, 6))
    full = model(ids)
    half = model.bfloat16()(ids)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), full, atol=0.1, rtol=0.1)


def test_lengths_of_nothing_and_one():
    model = GPT(SMALL).eval()
    assert model(torch.zeros(2, 0, dtype=torch.long)).shape == (2, 0, 11)
    assert model(torch.zeros(2, 1, dtype=torch.long)).shape == (2, 1, 11)
    none = torch.full((1, 3), -100)
    assert model.loss(torch.zeros(1, 3, dtype=torch.long), none).isnan()
    prompt = torch.ones(1, 3, dtype=torch.long)
    assert torch.equal(generate(model, prompt, 0), prompt)
    assert generate(model, prompt, 9).shape == (1, 12)


def test_masks_are_made_only_where_they_are_needed():
    model = GPT(SMALL.change(band=2))
    ids = torch.zeros(1, 4, dtype=torch.long)
    assert model._masks(ids, None, 0) == (None, None)
    assert model._masks(ids[:, :1], None, 7) == (None, None)
    dense, banded = model._masks(ids, None, 3)
    assert torch.equal(dense, causal_mask(4, 7))
    assert torch.equal(banded, sliding_window_mask(4, 7, 2))


IDS = torch.zeros(2, 4, dtype=torch.long)
KEEP = torch.tensor([[True] * 4, [False] * 4])
BAD_TARGETS = torch.tensor([[0, 1, 2, 3], [4, 5, 11, 0]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: GPTConfig.gpt2("huge"), r"among small, medium, large, xl, got 'huge'"),
        (lambda m: GPTConfig.gpt3("3B"), r"among 125M.*got '3B'"),
        (lambda m: GPTConfig.gpt2(n_layer=3), r"unknown config field 'n_layer', expected one of"),
        (lambda m: GPTConfig.from_dict({"vocab": 3, r"width": 4}), "unknown config field 'width'"),
        (lambda m: GPTConfig.from_dict({"vocab": 3, r"dim": 4}), "fields: context, layers, heads$"),
        (lambda m: SMALL.change(layers=0), r"at least 1, got .*'layers': 0"),
        (lambda m: SMALL.change(band=0), r"at least 1, got .*'band': 0"),
        (lambda m: SMALL.change(heads=3), r"heads to divide dim 8, got 3"),
        (lambda m: SMALL.change(norm="mid"), r"'post' or 'pre', got 'mid'"),
        (lambda m: SMALL.change(dropout=1.0), r"less than 1, got 1.0"),
        (lambda m: SMALL.change(eps=0.0), r"above 0, got 0.0 and 0.02"),
        (lambda m: m(torch.zeros(4).long()), r"ids of shape \(batch, length\), got \(4,\)"),
        (lambda m: m(torch.zeros(1, 13).long()), r"at most 12 tokens.*got 13"),
        (lambda m: m(IDS, KEEP), r"only filler in row 1"),
        (lambda m: m(IDS, KEEP[:, :3]), r"shape \(2, 4\), got torch.bool of shape \(2, 3\)"),
        (lambda m: m(IDS, caches=CachedLogits(m, 2, 5).caches[:1]), r"expected 2 caches.*got 1"),
        (lambda m: m.loss(IDS, BAD_TARGETS), r"from 0 to 10, or -100, got 11 in row 1 at 2"),
        (lambda m: m.loss(IDS, BAD_TARGETS - 1), r"got -1 in row 0 at 0"),
        (lambda m: m.loss(IDS, IDS[:, 1:]), r"of the shape of ids, \(2, 4\), got \(2, 3\)"),
        (lambda m: generate(m, IDS, 9), r"at most 12.*got \(2, 4\) and 9"),
        (lambda m: generate(m, IDS[0], 2), r"got \(4,\) and 2"),
        (lambda m: generate(m, IDS, -1), r"max_new_tokens of at least 0, got -1"),
        (lambda m: generate(m, IDS, 2, keep=KEEP.flip(0)), r"real token at the end of each row"),
        (lambda m: CachedLogits(m, 1, 13), r"at most 12 tokens.*got 13"),
        (lambda m: banded_attention(*[torch.zeros(1, 1, 2, 2)] * 3, band=0), r"at least 1, got 0"),
        (lambda m: banded_attention(*[torch.zeros(2, 2)] * 3, band=1), r"got \(2, 2\), \(2, 2\)"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call(GPT(SMALL))


def test_a_state_dict_that_does_not_fit_says_which_keys_and_shapes():
    model = GPT(SMALL)
    state = to_hugging_face(model)
    without = {name: value for name, value in state.items() if "ln_f" not in name}
    with pytest.raises(ValueError, match=r"missing transformer.ln_f.weight, transformer.ln_f.bias"):
        from_hugging_face(without, SMALL)
    with pytest.raises(ValueError, match=r"missing none; not expected transformer.extra$"):
        from_hugging_face({**state, "extra": torch.ones(1)}, SMALL)
    name = "transformer.h.0.attn.c_attn.weight"
    with pytest.raises(ValueError, match=r"attn.c_attn.weight expected \(8, 24\), got \(24, 8\)"):
        from_hugging_face({**state, name: state[name].T}, SMALL)
    with pytest.raises(ValueError, match=r"wte.weight expected \(12, 8\), got \(11, 8\)"):
        from_hugging_face(state, SMALL.change(vocab=12))
    with pytest.raises(ValueError, match=r"missing transformer.tokens_embed.weight.* and 1 more"):
        from_hugging_face(state, SMALL.change(norm="post", final_norm=False))
    with pytest.raises(ValueError, match=r"expected lm_head.weight to be transformer.wte.weight"):
        from_hugging_face({**state, "lm_head.weight": torch.ones(11, 8)}, SMALL)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"band": 4}, r"got band=4"),
        ({"head_dim": 3}, r"got band=None, 2 [*] 3 and 8"),
        ({"final_norm": False}, r"got final_norm=False and norm='pre'"),
        ({"norm": "post"}, r"got final_norm=True and norm='post'"),
    ],
)
def test_a_model_that_they_do_not_have_is_not_exported(changes, words):
    with pytest.raises(ValueError, match=words):
        to_hugging_face(GPT(SMALL.change(**changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, r"'gpt2' or 'openai-gpt', got 'llama'"),
        ({"activation_function": "relu"}, r"activation_function='gelu_new', got 'relu'"),
        ({"scale_attn_by_inverse_layer_idx": True}, r"layer_idx=False, got True"),
        ({"attn_pdrop": 0.3}, r"one dropout for all places, got \[0.1, 0.3\]"),
        ({"tie_word_embeddings": False}, r"tie_word_embeddings=True, got False"),
    ],
)
def test_configs_that_ask_for_more_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        config_from_hugging_face({**GPT2Config().to_dict(), **changes})


def test_presets_are_hugging_faces_defaults():
    assert config_from_hugging_face(GPT2Config().to_dict()) == GPTConfig.gpt2()
    assert config_from_hugging_face(OpenAIGPTConfig().to_dict()) == GPTConfig.gpt1()
