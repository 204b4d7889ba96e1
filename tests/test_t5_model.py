"""T5 is Hugging Face's in both versions: logits, loss, every gradient, weights and configuration."""

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import MT5Config
from transformers import T5Config as TheirConfig
from transformers import T5ForConditionalGeneration as TheirT5

from reference_impl.t5 import (
    T5,
    T5Config,
    load_hugging_face,
    shift_right,
    to_hugging_face,
)

SIZES = [
    {"dim": 20, "head_dim": 6, "heads": 3, "hidden": 28, "layers": 2, "decoder_layers": 3},
    {"dim": 8, "head_dim": 8, "heads": 1, "hidden": 5, "layers": 3, "decoder_layers": 1},
    {"dim": 12, "head_dim": 2, "heads": 6, "hidden": 16, "layers": 1, "decoder_layers": 2},
]
VERSIONS = {"1.0": {"gated": False, "tied": True}, "1.1": {"gated": True, "tied": False}}


def settings(version, sizes=0, **changes):
    fields = {"vocab": 37, "buckets": 8, "max_distance": 11, "dropout": 0.0}
    return T5Config(**(fields | SIZES[sizes] | VERSIONS[version] | changes))


def pair(config, seed=0, dtype=torch.float32):
    """Hugging Face's model with random weights, norms included, and ours with the same."""
    torch.manual_seed(seed)
    theirs = TheirT5(TheirConfig(**config.to_hugging_face())).eval()
    if not config.tied:  # what a published checkpoint of version 1.1 does
        theirs.lm_head.weight = torch.nn.Parameter(torch.randn(config.vocab, config.dim) * 0.3)
    with torch.no_grad():
        for name, weight in theirs.named_parameters():
            if "norm" in name:
                weight.add_(torch.randn_like(weight) * 0.3)
            if "relative" in name:
                weight.mul_(5)
    ours = T5(config).eval()
    load_hugging_face(ours, theirs.state_dict())
    return theirs.to(dtype), ours.to(dtype)


def close(ours, theirs, name=None):
    """Equal in float64, as far as their norm lets it: it takes the mean square in float32."""
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6, msg=name)


def batch(config, source_len=9, target_len=7):
    source = torch.randint(2, config.vocab, (3, source_len))
    mask = torch.ones_like(source)
    mask[1, source_len // 2 :] = 0  # filler on the right, and on the left
    mask[2, : source_len // 3] = 0
    labels = torch.randint(2, config.vocab, (3, target_len))
    labels[0, target_len // 2 :] = -100
    labels[1, :1] = -100
    return source, mask, labels


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sizes", range(len(SIZES)))
@pytest.mark.parametrize("lengths", [(9, 7), (30, 25), (1, 1)])
def test_logits_and_loss_are_hugging_faces(version, sizes, lengths):
    config = settings(version, sizes)
    theirs, ours = pair(config, sizes, torch.float64)
    source, mask, labels = batch(config, *lengths)
    if lengths == (1, 1):
        mask[:] = 1
        labels[:2] = 3
    expected = theirs(input_ids=source, attention_mask=mask, labels=labels)
    logits = ours(source, shift_right(labels), mask)
    close(logits, expected.logits)
    close(ours.loss(source, labels, mask), expected.loss)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sizes", range(len(SIZES)))
def test_every_gradient_is_hugging_faces(version, sizes):
    config = settings(version, sizes)
    theirs, ours = pair(config, sizes, torch.float64)
    source, mask, labels = batch(config)
    theirs(input_ids=source, attention_mask=mask, labels=labels).loss.backward()
    ours.loss(source, labels, mask).backward()
    expected = {name: weight.grad for name, weight in theirs.named_parameters()}
    carrier = T5(config).double()  # our gradients as weights, so that they get Hugging Face's names
    with torch.no_grad():
        for weight, ours_weight in zip(carrier.parameters(), ours.parameters(), strict=True):
            weight.copy_(ours_weight.grad)
    mine = to_hugging_face(carrier)
    assert {name for name, grad in expected.items() if grad is not None} <= mine.keys()
    for name, grad in expected.items():
        close(mine[name], grad, name)
        assert bool(grad.any()) or source.shape[1] == 1, name


def test_a_v1_1_config_made_by_release_5_ties_weights_all_the_same():
    """`T5Config(tie_word_embeddings=False)` of release 5 only turns the scaling off."""
    theirs = TheirT5(TheirConfig(**settings("1.1").to_hugging_face()))
    assert theirs.lm_head.weight is theirs.shared.weight
    assert not theirs.config.scale_decoder_outputs
    ours = T5(settings("1.1"))
    load_hugging_face(ours, theirs.state_dict())
    assert torch.equal(ours.head.weight, ours.tokens.weight)


@pytest.mark.parametrize("version", VERSIONS)
def test_half_precision(version):
    config = settings(version)
    theirs, ours = pair(config, dtype=torch.bfloat16)
    source, mask, labels = batch(config)
    expected = theirs(input_ids=source, attention_mask=mask, labels=labels).logits
    logits = ours(source, shift_right(labels), mask)
    assert logits.dtype == torch.bfloat16
    torch.testing.assert_close(logits, expected, atol=0.1, rtol=0.1)


@pytest.mark.parametrize("version", VERSIONS)
def test_files_go_both_ways(version, tmp_path):
    config = settings(version, layers=2, decoder_layers=2)
    theirs, ours = pair(config)
    theirs.save_pretrained(tmp_path)
    from safetensors.torch import load_file

    again = T5(config)
    load_hugging_face(again, load_file(tmp_path / "model.safetensors"))  # copies are not in files
    assert all(
        torch.equal(a, b) for a, b in zip(again.parameters(), ours.parameters(), strict=True)
    )
    if config.tied:
        theirs.load_state_dict(to_hugging_face(T5(config)), strict=True)
    assert to_hugging_face(ours).keys() == theirs.state_dict().keys()


def test_the_filler_of_the_source_changes_nothing():
    ours = T5(settings("1.0")).eval()
    source = torch.randint(2, 37, (2, 5))
    target = torch.randint(2, 37, (2, 4))
    padded = torch.cat((source, torch.zeros(2, 3, dtype=torch.long)), dim=1)
    torch.testing.assert_close(ours(padded, target), ours(source, target))


def test_later_tokens_of_the_target_are_hidden():
    ours = T5(settings("1.1")).eval()
    source, target = torch.randint(2, 37, (1, 5)), torch.randint(2, 37, (1, 6))
    changed = target.clone()
    changed[0, 3] = target[0, 3] % 35 + 2
    one, other = ours(source, target), ours(source, changed)
    assert torch.equal(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3], other[:, 3])


def test_the_bias_is_one_table_for_each_stack():
    ours = T5(settings("1.0"))
    names = [name for name, _ in ours.named_parameters() if "relative" in name]
    assert len(names) == 2
    assert ours.decoder_positions.bidirectional is False
    assert not any("bias" in name.rsplit(".", 1)[-1] for name, _ in ours.named_parameters())


def test_in_training_it_drops():
    torch.manual_seed(0)
    ours = T5(settings("1.0", dropout=0.5))
    source, target = torch.randint(2, 37, (1, 5)), torch.randint(2, 37, (1, 6))
    assert not torch.equal(ours(source, target), ours(source, target))
    ours.eval()
    assert torch.equal(ours(source, target), ours(source, target))


def test_sum_is_mean_times_count():
    config = settings("1.0")
    ours = T5(config)
    source, mask, labels = batch(config)
    mean, total = (ours.loss(source, labels, mask, how) for how in ("mean", "sum"))
    torch.testing.assert_close(total, mean * (labels != -100).sum())
    logits = ours(source, shift_right(labels), mask)
    torch.testing.assert_close(mean, cross_entropy(logits.flatten(0, 1), labels.flatten()))


def test_it_starts_with_a_loss_near_that_of_guessing():
    torch.manual_seed(0)
    for version in VERSIONS:
        ours = T5(settings(version, vocab=100, dim=64))
        source, labels = torch.randint(2, 100, (4, 9)), torch.randint(2, 100, (4, 9))
        assert 4.0 < float(ours.loss(source, labels).detach()) < 6.5  # log(100) = 4.6


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("t5-small", 60_506_624),
        ("t5-base", 222_903_552),
        ("t5-large", 737_668_096),
        ("t5-3b", 2_851_598_336),
        ("t5-11b", 11_307_321_344),
        ("t5-v1_1-small", 76_961_152),
        ("t5-v1_1-base", 247_577_856),
        ("t5-v1_1-large", 783_150_080),
        ("t5-v1_1-xl", 2_849_757_184),
        ("t5-v1_1-xxl", 11_135_332_352),
    ],
)
def test_presets_have_the_parameters_of_hugging_faces(name, parameters):
    config = T5Config.preset(name)
    with torch.device("meta"):
        ours = T5(config)
    assert sum(p.numel() for p in ours.parameters()) == parameters
    if name in ("t5-small", "t5-v1_1-small"):
        with torch.device("meta"):
            theirs = TheirT5(TheirConfig(**config.to_hugging_face()))
        copy = 0 if config.tied else config.vocab * config.dim  # release 5 ties a new model's
        assert sum(p.numel() for p in theirs.parameters()) + copy == parameters


@pytest.mark.parametrize("version", VERSIONS)
def test_configurations_go_both_ways(version):
    config = settings(version, start=2, pad=3, stop=4)
    theirs = TheirConfig(**config.to_hugging_face())
    assert T5Config.from_hugging_face(theirs) == config
    assert T5Config.from_hugging_face(theirs.to_dict()) == config
    assert T5Config.from_hugging_face(config.to_hugging_face()) == config


def test_the_fields_of_published_files_are_known():
    older = {
        "architectures": ["T5WithLMHeadModel"], "d_ff": 2048, "d_kv": 64, "d_model": 512,
        "decoder_start_token_id": 0, "dropout_rate": 0.1, "eos_token_id": 1,
        "initializer_factor": 1.0, "is_encoder_decoder": True, "layer_norm_epsilon": 1e-06,
        "model_type": "t5", "n_positions": 512, "num_heads": 8, "num_layers": 6,
        "output_past": True, "pad_token_id": 0, "relative_attention_num_buckets": 32,
        "task_specific_params": {}, "vocab_size": 32128,
    }  # fmt: skip  # a list reads as a list
    assert T5Config.from_hugging_face(older) == T5Config.preset("t5-small")
    later = older | {
        "d_ff": 1024, "num_heads": 6, "num_layers": 8, "num_decoder_layers": 8, "use_cache": True,
        "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
    }  # fmt: skip  # a list reads as a list
    assert T5Config.from_hugging_face(later) == T5Config.preset("t5-v1_1-small")
    assert T5Config.from_hugging_face(MT5Config(decoder_start_token_id=0)).gated


def test_unknown_fields_are_named_and_can_be_passed_over():
    fields = {"d_model": 8, "d_modle": 8, "extra": 1}
    with pytest.raises(ValueError, match="got unknown 'd_modle', 'extra'"):
        T5Config.from_hugging_face(fields)
    assert T5Config.from_hugging_face(fields, ignore=["d_modle", "extra"]).dim == 8


def test_shift_right_is_hugging_faces():
    config = settings("1.0", start=5, pad=3)
    theirs, _ = pair(config)
    _, _, labels = batch(config)
    expected = theirs._shift_right(labels)
    assert torch.equal(shift_right(labels, start=5, pad=3), expected)
    assert torch.equal(shift_right(labels[0], start=5, pad=3), expected[0])


def test_a_mismatched_state_dict_names_keys_and_shapes_and_changes_nothing():
    ours = T5(settings("1.0"))
    before = {name: weight.clone() for name, weight in ours.state_dict().items()}
    state = dict(to_hugging_face(T5(settings("1.0"))))
    state["shared.weight"] = torch.zeros(38, 20)
    state["decoder.block.0.layer.9.weight"] = torch.zeros(1)
    for name in [name for name in state if "encoder.block.1" in name]:
        del state[name]
    with pytest.raises(ValueError, match="does not fit") as caught:
        load_hugging_face(ours, state)
    words = str(caught.value)
    assert "missing: encoder.block.1.layer.0" in words
    assert "and 4 more" in words
    assert "unknown: decoder.block.0.layer.9.weight" in words
    assert "shared.weight expected of shape (37, 20), got (38, 20)" in words
    assert all(torch.equal(before[name], weight) for name, weight in ours.state_dict().items())


def test_version_1_1_does_not_fit_version_1_0():
    with pytest.raises(ValueError, match=r"missing: .*DenseReluDense.wi.weight"):
        load_hugging_face(T5(settings("1.0")), to_hugging_face(T5(settings("1.1"))))
    untied = settings("1.0", tied=False)
    with pytest.raises(ValueError, match=r"lm_head.weight expected equal to shared.weight"):
        load_hugging_face(T5(settings("1.0")), to_hugging_face(T5(untied)))


def test_the_table_that_first_releases_held_without_use_is_passed_over():
    state = to_hugging_face(T5(settings("1.0")))
    state["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.ones(8)
    load_hugging_face(T5(settings("1.0")), state)


def test_decode_without_encode_gives_the_same():
    config = settings("1.1")
    ours = T5(config).eval()
    source, mask, labels = batch(config)
    memory, real = ours.encode(source, mask)
    assert real.shape == (3, 1, 1, 9)
    assert torch.equal(
        ours.decode(shift_right(labels), memory, real), ours(source, shift_right(labels), mask)
    )
    assert ours.encode(source)[1] is None  # nothing to hide, nothing to pass on


SMALL = settings("1.0")
MODEL = T5(SMALL)
IDS = torch.tensor([[3, 4, 1]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: T5Config(dim=0), "sizes of at least 1, got"),
        (lambda: T5Config(buckets=7), "even number of buckets of at least 4"),
        (lambda: T5Config(buckets=8, max_distance=4), "got 8 and 4"),
        (lambda: T5Config(dropout=1.0), "less than 1, got 1.0"),
        (lambda: T5Config(eps=0.0), "eps above 0, got 0.0"),
        (lambda: T5Config(vocab=5, stop=5), "ids from 0 to 4, got"),
        (lambda: T5Config.preset("t5-huge"), "expected one of t5-small, .* got 't5-huge'"),
        (lambda: T5Config.from_hugging_face({"model_type": "bert"}), "model_type to be one of"),
        (lambda: T5Config.from_hugging_face({"is_decoder": True}), "is_decoder to be one of"),
        (
            lambda: T5Config.from_hugging_face({"feed_forward_proj": "gated-silu"}),
            "'relu' or 'gated-gelu', got 'gated-silu'",
        ),
        (lambda: MODEL(torch.tensor([3, 4]), IDS), r"source ids .* got \(2,\)"),
        (lambda: MODEL(IDS, torch.tensor([3, 4])), r"target ids .* got \(2,\)"),
        (lambda: MODEL(IDS[:, :0], IDS), r"at least one token long, got \(1, 0\)"),
        (lambda: MODEL(IDS, IDS, torch.ones(1, 2)), r"shape of source, \(1, 3\), got \(1, 2\)"),
        (lambda: MODEL(torch.tensor([[3, 1], [0, 0]]), IDS), "got none in row 1"),
        (lambda: MODEL(IDS, IDS, torch.zeros(1, 3)), "got none in row 0"),
        (
            lambda: MODEL.loss(IDS, torch.tensor([[3, 37]])),
            "from 0 to 36, .* got 37 at row 0, place 1",
        ),
        (lambda: MODEL.loss(IDS, torch.tensor([[3, -1]])), "got -1 at row 0, place 1"),
        (lambda: MODEL.loss(IDS, torch.tensor([[-100]])), "at least one label that is not -100"),
        (lambda: MODEL.loss(IDS, torch.tensor([3])), r"labels of shape .* got \(1,\)"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_several_ids_that_end_a_text():
    with pytest.raises(TypeError, match=r"one eos_token_id, got \[1, 2\]"):
        T5Config.from_hugging_face({"eos_token_id": [1, 2]})
