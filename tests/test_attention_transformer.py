"""The layers are PyTorch's, forward and gradients; the loss too; the whole model learns to reverse."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from reference_impl.attention import (
    DecoderLayer,
    EncoderLayer,
    Transformer,
    TransformerConfig,
    causal_mask,
    generate,
    label_smoothed_loss,
    padding_mask,
    sinusoidal_positions,
    warmup_rate,
)

DIM, HEADS, HIDDEN = 8, 2, 12
SMALL = TransformerConfig(vocab=9, dim=8, layers=2, heads=2, hidden=12, dropout=0.0)


def pair(kind, ours):
    """A layer of PyTorch's with random weights, norms and biases included, and ours with the same."""
    theirs = kind(DIM, HEADS, HIDDEN, dropout=0.0, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    return theirs, ours.from_torch(theirs)


def gradients(out, inputs, seed=1):
    noise = torch.randn(out.shape, generator=torch.Generator().manual_seed(seed), dtype=out.dtype)
    return torch.autograd.grad((out * noise).sum(), inputs)


def by_name(layer, cross):
    """Our parameters in the order and form of PyTorch's `parameters()`."""
    attentions = [layer.attention] + ([layer.cross_attention] if cross else [])
    norms = [layer.attention_norm] + ([layer.cross_attention_norm] if cross else [])
    first, last = layer.feed_forward[0], layer.feed_forward[2]
    return attentions, (first, last), [*norms, layer.feed_forward_norm]


def compare_weight_gradients(out, ours, expected, theirs, cross):
    attentions, linear, norms = by_name(ours, cross)
    names = ["self_attn", "multihead_attn"][: 1 + cross]
    for attention, name in zip(attentions, names, strict=True):
        other = getattr(theirs, name)
        weights = [attention.q_proj, attention.k_proj, attention.v_proj]
        mine = torch.cat(gradients(out(), [p.weight for p in weights]))
        torch.testing.assert_close(mine, gradients(expected(), [other.in_proj_weight])[0])
        mine = torch.cat(gradients(out(), [p.bias for p in weights]))
        torch.testing.assert_close(mine, gradients(expected(), [other.in_proj_bias])[0])
        mine = gradients(out(), list(attention.out_proj.parameters()))
        torch.testing.assert_close(mine, gradients(expected(), list(other.out_proj.parameters())))
    others = [theirs.linear1, theirs.linear2, theirs.norm1, theirs.norm2]
    others += [theirs.norm3] if cross else []
    for mine, other in zip([*linear, *norms], others, strict=True):
        torch.testing.assert_close(
            gradients(out(), list(mine.parameters())),
            gradients(expected(), list(other.parameters())),
        )


@pytest.mark.parametrize("teaching", [False, True])
@pytest.mark.parametrize("masked", ["none", "padding", "causal", "both"])
def test_encoder_layer_is_pytorchs(masked, teaching):
    torch.manual_seed(0)
    theirs, ours = pair(nn.TransformerEncoderLayer, EncoderLayer)
    x = torch.randn(3, 5, DIM, dtype=torch.float64, requires_grad=True)
    keep = padding_mask(torch.tensor([5, 3, 1]), 5)
    causal = causal_mask(5)
    mask, padding, attn = {
        "none": (None, None, None),
        "padding": (keep, ~keep[:, 0, 0], None),
        "causal": (causal, None, ~causal),
        "both": (keep & causal, ~keep[:, 0, 0], ~causal),
    }[masked]

    def out():
        return ours(x, mask, teaching)

    def expected():
        return theirs(x, attn, padding)

    torch.testing.assert_close(out(), expected())
    torch.testing.assert_close(gradients(out(), [x]), gradients(expected(), [x]))
    compare_weight_gradients(out, ours, expected, theirs, cross=False)


@pytest.mark.parametrize("teaching", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_decoder_layer_is_pytorchs(masked, teaching):
    torch.manual_seed(1)
    theirs, ours = pair(nn.TransformerDecoderLayer, DecoderLayer)
    x = torch.randn(3, 5, DIM, dtype=torch.float64, requires_grad=True)
    memory = torch.randn(3, 4, DIM, dtype=torch.float64, requires_grad=True)
    keep = padding_mask(torch.tensor([5, 3, 1]), 5) if masked else None
    memory_keep = padding_mask(torch.tensor([2, 4, 1]), 4) if masked else None

    def out():
        return ours(x, memory, keep, memory_keep, teaching=teaching)

    def expected():
        return theirs(
            x,
            memory,
            ~causal_mask(5),
            tgt_key_padding_mask=None if keep is None else ~keep[:, 0, 0],
            memory_key_padding_mask=None if memory_keep is None else ~memory_keep[:, 0, 0],
        )

    torch.testing.assert_close(out(), expected())
    torch.testing.assert_close(gradients(out(), [x, memory]), gradients(expected(), [x, memory]))
    compare_weight_gradients(out, ours, expected, theirs, cross=True)


def test_from_torch_keeps_the_mode_the_dropout_and_eps():
    theirs = nn.TransformerEncoderLayer(8, 2, 12, 0.3, layer_norm_eps=0.1, batch_first=True).eval()
    ours = EncoderLayer.from_torch(theirs)
    assert not ours.training
    assert ours.dropout.p == ours.attention.dropout == 0.3
    assert ours.attention_norm.eps == 0.1
    assert torch.allclose(ours(torch.ones(1, 2, 8)), theirs(torch.ones(1, 2, 8)), atol=1e-6)


@pytest.mark.parametrize("options", [{"norm_first": True}, {"activation": "gelu"}, {"bias": False}])
def test_from_torch_refuses_other_layers(options):
    for kind, ours in (
        (nn.TransformerEncoderLayer, EncoderLayer),
        (nn.TransformerDecoderLayer, DecoderLayer),
    ):
        with pytest.raises(ValueError, match=r"expected a layer with norm_first=False.*got"):
            ours.from_torch(kind(8, 2, 12, batch_first=True, **options))


def test_positions_are_the_papers():
    table = sinusoidal_positions(50, 6)
    for position in (0, 1, 49):
        for i in range(3):
            angle = torch.tensor(position / 10_000 ** (2 * i / 6), dtype=torch.float64)
            assert table[position, 2 * i] == pytest.approx(float(angle.sin()), abs=1e-6)
            assert table[position, 2 * i + 1] == pytest.approx(float(angle.cos()), abs=1e-6)
    assert sinusoidal_positions(0, 4).shape == (0, 4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("ignore", [-100, 0])
def test_loss_is_pytorchs(smoothing, ignore):
    torch.manual_seed(2)
    logits = (torch.randn(3, 5, 7, dtype=torch.float64) * 4).requires_grad_()
    targets = torch.randint(7, (3, 5))
    targets[0, :3] = ignore
    ours = label_smoothed_loss(logits, targets, smoothing, ignore)
    theirs = cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=ignore, label_smoothing=smoothing
    )
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(*(torch.autograd.grad(loss, logits) for loss in (ours, theirs)))
    assert label_smoothed_loss(logits, torch.full((3, 5), ignore), ignore=ignore).isnan()


def test_rate_is_equation_3():
    assert warmup_rate(4000, 512, 4000) == pytest.approx(512**-0.5 * 4000**-0.5)
    assert warmup_rate(1, 64, 100) == pytest.approx(64**-0.5 * 100**-1.5)
    rates = [warmup_rate(step, 64, 100) for step in range(1, 300)]
    assert rates.index(max(rates)) == 99


def test_parameters_of_the_base_model():
    with torch.device("meta"):
        base = Transformer(TransformerConfig(vocab=37_000))
    assert sum(p.numel() for p in base.parameters()) == 63_082_496


def test_filler_of_the_source_changes_nothing():
    torch.manual_seed(4)
    model = Transformer(SMALL).eval()
    source, target = torch.randint(1, 9, (2, 4)), torch.randint(1, 9, (2, 3))
    padded = torch.cat((source, torch.zeros(2, 3, dtype=torch.long)), dim=1)
    torch.testing.assert_close(model(padded, target), model(source, target))


def test_teaching_path_is_the_fast_one():
    torch.manual_seed(5)
    model = Transformer(SMALL)
    source, target = torch.randint(0, 9, (2, 4)), torch.randint(1, 9, (2, 3))
    source[:, 0] = 1
    fast, slow = (model(source, target, teaching=teaching) for teaching in (False, True))
    torch.testing.assert_close(fast, slow)
    weights = list(model.parameters())
    torch.testing.assert_close(gradients(fast, weights), gradients(slow, weights))


def test_later_tokens_of_the_target_are_hidden():
    torch.manual_seed(6)
    model = Transformer(SMALL).eval()
    source, target = torch.randint(1, 9, (1, 4)), torch.randint(1, 9, (1, 5))
    changed = target.clone()
    changed[0, 3] = changed[0, 3] % 8 + 1
    a, b = model(source, target), model(source, changed)
    assert torch.equal(a[:, :3], b[:, :3])
    assert not torch.equal(a[:, 3], b[:, 3])
    a, b = model(source, target, causal=False), model(source, changed, causal=False)
    assert not torch.allclose(a[:, :3], b[:, :3])


def test_output_is_tied_to_the_embedding():
    model = Transformer(SMALL)
    assert sum(p.shape == (9, 8) for p in model.parameters()) == 1


def test_it_learns_to_reverse():
    torch.manual_seed(0)
    config = TransformerConfig(vocab=7, dim=32, layers=1, heads=2, hidden=64, dropout=0.0)
    model = Transformer(config)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for step in range(1, 501):
        digits = torch.randint(2, 7, (64, 4))
        target = torch.cat((torch.ones(64, 1, dtype=torch.long), digits.flip(1)), dim=1)
        loss = label_smoothed_loss(model(digits, target[:, :-1]), target[:, 1:])
        optimizer.param_groups[0]["lr"] = warmup_rate(step, 32, 100)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    digits = torch.randint(2, 7, (200, 4))
    with torch.no_grad():
        memory, mask = model.eval().encode(digits)
        start = torch.ones(200, 1, dtype=torch.long)
        out = generate(lambda ids: model.decode(ids, memory, mask)[:, -1], start, 4)
    assert (out[:, 1:] == digits.flip(1)).all(1).float().mean() > 0.95


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: TransformerConfig(vocab=0), "at least 1, got"),
        (lambda: TransformerConfig(vocab=9, dim=10, heads=4), "got dim=10 and heads=4"),
        (lambda: TransformerConfig(vocab=9, dim=9, heads=3), "expected an even dim"),
        (lambda: TransformerConfig(vocab=9, dropout=1.0), "less than 1, got 1.0"),
        (lambda: TransformerConfig(vocab=9, pad=9), "vocabulary of 9, got 9"),
        (lambda: sinusoidal_positions(3, 5), "even dim of at least 2, got 3 and 5"),
        (lambda: sinusoidal_positions(-1, 4), "got -1 and 4"),
        (lambda: EncoderLayer(8, 2, 0), "hidden of at least 1, got 0"),
        (lambda: DecoderLayer(8, 2, 0), "hidden of at least 1, got 0"),
        (lambda: EncoderLayer(8, 3, 4), "heads to divide dim 8, got 3"),
        (lambda: Transformer(SMALL)(torch.ones(3).long(), torch.ones(1, 2).long()), "source ids"),
        (lambda: Transformer(SMALL)(torch.ones(1, 3).long(), torch.ones(2).long()), "target ids"),
        (lambda: label_smoothed_loss(torch.zeros(2, 3), torch.zeros(3).long()), r"got \(2, 3\)"),
        (lambda: label_smoothed_loss(torch.zeros(2, 3), torch.zeros(2).long(), 1.5), "and 1.5"),
        (lambda: warmup_rate(0, 8, 8), "got 0, 8 and 8"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
