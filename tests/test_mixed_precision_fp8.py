"""FP8 and block formats: scales, products against `torch._scaled_mm`, the layer against a slow one, training."""

import pytest
import torch
from torch import nn

from reference_impl.mixed_precision import (
    AmaxHistory,
    Fp8Linear,
    Fp8Recipe,
    ScaledFp8,
    amax_scale,
    convert_linears,
    english_gpt,
    english_rows,
    float_format,
    fp8_product,
    fp8_run,
    mx_encode,
    nvfp4_encode,
    pack_fp4,
    quantise_fp8,
    real_fp8_product,
    require_fp8_matmul,
    unpack_fp4,
)
from tests.code_blocks.check import check
from tests.code_blocks.execute import run
from tests.code_blocks.program import parse

E4M3, E5M2, E2M1 = float_format("e4m3"), float_format("e5m2"), float_format("e2m1")
SCALINGS = ["none", "tensor", "delayed", "row", "block"]


def wild(*shape, seed=0):
    """Numbers over many orders of magnitude."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator)
    return x * torch.exp(3 * torch.randn(shape, generator=generator))


def by_hand(x, fmt, scaling="tensor", block=128):
    """A slow quantisation in float64: our own rounding, one group of numbers after the other."""
    width = {"tensor": x.numel(), "row": x.shape[-1], "block": block}[scaling]
    out = []
    for group in x.reshape(-1, width):
        scale = amax_scale(group.abs().amax(), fmt)
        out.append(fmt.round(group.float() / scale, saturate=True) * scale)
    return torch.stack(out).reshape(x.shape)


@pytest.mark.parametrize("fmt", [E4M3, E5M2], ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("scaling", ["tensor", "row", "block"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_quantise_is_our_rounding_of_each_group(fmt, scaling, dtype):
    x = wild(6, 96).to(dtype)
    found = quantise_fp8(x, fmt, scaling, block=32)
    assert torch.equal(found.dequantise(), by_hand(x, fmt, scaling, block=32).float())


@pytest.mark.parametrize("scaling", ["tensor", "row", "block"])
def test_the_largest_of_each_group_is_kept(scaling):
    x = wild(8, 64)
    found = quantise_fp8(x, E4M3, scaling, block=16)
    groups = {"tensor": (1, -1), "row": (8, -1), "block": (32, -1)}[scaling]
    largest = x.abs().view(groups).amax(1)
    torch.testing.assert_close(found.dequantise().abs().view(groups).amax(1), largest)


def test_zeros_and_tiny_numbers():
    x = torch.zeros(2, 8)
    x[1] = 1e-44
    for scaling in ("tensor", "row", "block"):
        found = quantise_fp8(x, E4M3, scaling, block=8)
        assert found.dequantise().isfinite().all()
        assert (found.dequantise()[0] == 0).all()
    assert quantise_fp8(torch.zeros(0, 8), E4M3).values.shape == (0, 8)


def test_numbers_too_large_for_a_known_scale_become_the_largest():
    found = quantise_fp8(torch.tensor([1e6, -1e6, 3.0]), E5M2, scale=torch.tensor(1.0))
    assert found.dequantise().tolist() == [57344, -57344, 3]


@pytest.mark.parametrize("scaling", ["tensor", "row", "block"])
@pytest.mark.parametrize("shape", [(1, 32, 1), (5, 64, 7), (33, 96, 16)])
def test_product_is_that_of_the_dequantised(scaling, shape):
    m, k, n = shape
    a = quantise_fp8(wild(m, k), E4M3, scaling, block=32)
    b = quantise_fp8(wild(n, k, seed=1), E5M2, scaling, block=32)
    exact = a.dequantise().double() @ b.dequantise().double().t()
    size = a.dequantise().abs() @ b.dequantise().abs().t()
    assert ((fp8_product(a, b) - exact).abs() <= 1e-5 * size).all()


@pytest.mark.parametrize("scaling", ["tensor", "row"])
@pytest.mark.parametrize("shape", [(1, 16, 1), (5, 7, 3), (33, 96, 16), (64, 256, 48)])
@pytest.mark.parametrize("formats", [(E4M3, E4M3), (E5M2, E4M3), (E4M3, E5M2)])
def test_the_real_product_is_ours(scaling, shape, formats):
    m, k, n = shape
    a = quantise_fp8(wild(m, k), formats[0], scaling)
    b = quantise_fp8(wild(n, k, seed=1), formats[1], scaling)
    size = a.dequantise().abs() @ b.dequantise().abs().t()
    assert ((real_fp8_product(a, b) - fp8_product(a, b)).abs() <= 1e-5 * size).all()
    half = real_fp8_product(a, b, out_dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert ((half.float() - fp8_product(a, b)).abs() <= 2**-8 * 1.01 * size).all()


def slow_layer(x, weight, grad, scaling, block):
    """Output and gradients, each operand rounded along the dimension of its own sum."""

    def q(y, fmt):
        if scaling == "none":
            return fmt.round(y, saturate=True)
        return by_hand(y.contiguous(), fmt, "tensor" if scaling == "delayed" else scaling, block)

    out = q(x, E4M3) @ q(weight, E4M3).t()
    grad_x = q(grad, E5M2) @ q(weight.t(), E4M3).t()
    grad_weight = q(grad.t(), E5M2) @ q(x.t(), E4M3).t()
    return out, grad_x, grad_weight


@pytest.mark.parametrize(
    ("scaling", "real"), [*((s, False) for s in SCALINGS), *((s, True) for s in SCALINGS[:-1])]
)
def test_layer_and_gradients_are_those_of_three_rounded_products(scaling, real):
    layer = Fp8Linear(48, 32, recipe=Fp8Recipe(scaling, block=16, real=real))
    x = torch.randn(64, 48, generator=torch.Generator().manual_seed(0), requires_grad=True)
    grad = torch.randn(64, 32, generator=torch.Generator().manual_seed(1))
    out = layer(x)
    out.backward(grad)
    wanted = slow_layer(x.detach(), layer.weight.detach(), grad, scaling, 16)
    for found, right in zip((out - layer.bias, x.grad, layer.weight.grad), wanted, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(layer.bias.grad, grad.sum(0))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_shapes_dtypes_and_what_needs_no_gradient(scaling):
    layer = Fp8Linear(16, 8, bias=False, recipe=Fp8Recipe(scaling, block=8))
    assert layer(torch.randn(2, 3, 4, 16)).shape == (2, 3, 4, 8)
    assert layer(torch.randn(2, 4, 16)[:, ::2]).shape == (2, 2, 8) if scaling != "block" else True
    layer.weight.requires_grad_(False)
    x = torch.randn(8, 16, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    assert layer.weight.grad is None
    half = Fp8Linear(16, 8, recipe=Fp8Recipe(scaling, block=8)).bfloat16()
    y = torch.randn(8, 16, dtype=torch.bfloat16, requires_grad=True)
    half(y).sum().backward()
    assert half.weight.grad.dtype == y.grad.dtype == torch.bfloat16


def test_saved_for_backward_are_bytes():
    seen = []
    layer = Fp8Linear(32, 16)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t) or t, lambda t: t):
        layer(torch.randn(8, 32))
    assert sorted(t.nbytes for t in seen) == [4, 4, 8 * 32, 32 * 16]


def test_history_gives_the_largest_of_the_last_steps():
    history = AmaxHistory(3)
    for amax, wanted in [(4, 4), (2, 4), (1, 4), (0.5, 2), (8, 8)]:
        history.record(torch.tensor([-float(amax), 0.1]))
        assert history.scale(E4M3) == torch.tensor(wanted / 448)


def test_delayed_scaling_uses_the_steps_before_and_resumes():
    first, x = AmaxHistory(2), torch.tensor([3.0, 448.0])
    assert first.quantise(x, E4M3).scale == 1  # its own: there is none before
    assert first.quantise(10 * x, E4M3).scale == 1  # clipped
    assert first.quantise(x, E4M3).scale == 10
    second = AmaxHistory(2)
    second.load_state_dict(first.state_dict())
    assert second.quantise(x, E4M3).scale == first.quantise(x, E4M3).scale


def test_convert_keeps_parameters_ties_and_the_generator():
    model = nn.Sequential(nn.Linear(8, 8), nn.ModuleList([nn.Linear(8, 4, bias=False)]))
    before = dict(model.named_parameters())
    state = torch.get_rng_state()
    assert convert_linears(model, Fp8Recipe("row")) == 2
    assert torch.equal(state, torch.get_rng_state())
    assert all(value is before[name] for name, value in model.named_parameters())
    assert convert_linears(model, Fp8Recipe()) == 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_training_follows_float32_with_scales_and_fails_without(seed):
    def end(recipe):
        return sum(fp8_run(recipe, seed, steps=60, share=2**-10)[-10:]) / 10

    exact = end(None)
    assert abs(end(Fp8Recipe("tensor")) - exact) < 0.03
    assert abs(end(Fp8Recipe("row", real=True)) - exact) < 0.03
    assert end(Fp8Recipe("none")) > exact + 0.2


@pytest.mark.parametrize("scaling", ["delayed", "row", "block"])
def test_other_scales_train_as_well(scaling):
    losses, exact = (fp8_run(r, 0, share=2**-10)[-10:] for r in (Fp8Recipe(scaling), None))
    assert abs(sum(losses) - sum(exact)) < 0.02 * 10


def test_without_scales_no_weight_of_the_block_gets_a_gradient():
    for scaling, arrives in (("none", False), ("tensor", True)):
        model = english_gpt(seed=0)
        convert_linears(model, Fp8Recipe(scaling))
        for rows in english_rows(3, seed=0):
            (model.loss(rows[:, :-1], rows[:, 1:]) * 2**-10).backward()
        weights = [p for p in model.blocks.parameters() if p.dim() == 2]
        assert sum(w.numel() for w in weights) == 49_152
        assert all(bool(w.grad.any()) == arrives for w in weights)


@pytest.mark.parametrize("element", ["e2m1", "e4m3", "e5m2"])
def test_mx_by_the_words_of_the_specification(element):
    fmt, x = float_format(element), wild(4, 128)
    x[0, :32], x[1, :32] = 0, x[1, :32] * 1e-38
    found = mx_encode(x, element)
    largest_exponent = {"e2m1": 2, "e4m3": 8, "e5m2": 15}[element]
    for block, scale, codes in zip(
        x.view(-1, 32), found.scales.view(-1), found.codes.view(-1, 32), strict=True
    ):
        amax = block.abs().max().item()
        power = torch.tensor(amax).double().log2().floor().item() if amax else -1000
        power = max(power - largest_exponent, -127)
        assert scale.item() == power + 127
        assert torch.equal(fmt.encode(block.double() / 2**power, saturate=True), codes.long())
    assert found.decode().shape == x.shape
    assert found.bits_per_number == fmt.bits + 0.25


def test_mx_clips_what_is_above_the_largest_element():
    x = torch.zeros(32)
    x[0] = 7.9  # the exponent of 4, the largest of E2M1, but more than 6
    assert mx_encode(x).decode()[0] == 6
    assert (mx_encode(x, "e4m3").decode()[0] - 7.9).abs() < 0.25 * 4


def test_nvfp4_scales():
    x = wild(8, 64)
    found = nvfp4_encode(x)
    assert found.tensor_scale == (x.abs().max().double() / (6 * 448)).float()
    scales = E4M3.decode(found.scales) * found.tensor_scale
    wanted = x.abs().view(8, 4, 16).amax(-1) / 6
    near = (scales - wanted).abs() <= wanted * 2**-4 + E4M3.smallest * found.tensor_scale
    assert near.all()
    torch.testing.assert_close(scales.max().float(), wanted.max())  # 448 times the tensor's
    assert (scales > 0).all()
    codes = E2M1.encode(x.double().view(8, 4, 16) / scales[..., None], saturate=True)
    assert torch.equal(found.codes.long().view(8, 4, 16), codes)  # by the scale that is stored


def test_nvfp4_of_zeros_and_of_blocks_that_are_too_small():
    assert (nvfp4_encode(torch.zeros(2, 32)).decode() == 0).all()
    x = torch.ones(2, 16)
    x[1] *= 1e-7  # its scale is below the smallest of E4M3
    assert (nvfp4_encode(x).decode()[1] == 0).all()
    assert (nvfp4_encode(x).decode()[0] == 1).all()


@pytest.mark.parametrize("encode", [mx_encode, nvfp4_encode])
def test_block_formats_are_stable(encode):
    once = encode(wild(4, 64)).decode()
    assert torch.equal(encode(once).decode(), once)
    assert encode(torch.randn(2, 3, 32)).decode().shape == (2, 3, 32)


def test_packing():
    codes = torch.randint(16, (3, 10), dtype=torch.uint8)
    assert torch.equal(unpack_fp4(pack_fp4(codes)), codes)
    assert pack_fp4(codes).shape == (3, 5)
    assert pack_fp4(codes)[0, 0] == codes[0, 0] + 16 * codes[0, 1]


@pytest.mark.parametrize("scale", [0.0, -1.0, torch.nan, torch.inf, [1.0, 2.0]])
def test_bad_scales(scale):
    with pytest.raises(ValueError, match="expected one positive finite scale, got"):
        quantise_fp8(torch.ones(2, 2), E4M3, scale=torch.tensor(scale))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("scaling", ["tensor", "row", "block"])
def test_what_is_not_finite_is_not_scaled(value, scaling):
    x = torch.ones(2, 32)
    x[1, 3] = value
    with pytest.raises(ValueError, match="expected finite numbers"):
        quantise_fp8(x, E4M3, scaling, block=32)
    with pytest.raises(ValueError, match="expected finite numbers"):
        mx_encode(x)
    with pytest.raises(ValueError, match="expected finite numbers"):
        nvfp4_encode(x)


def test_other_bad_input():
    x = torch.ones(4, 24)
    with pytest.raises(ValueError, match="expected a format of e4m3, e5m2, got fp16"):
        quantise_fp8(x, float_format("fp16"))
    with pytest.raises((ValueError, TypeError), match="column"):  # ours, or the type checker's
        quantise_fp8(x, E4M3, "column")
    with pytest.raises((ValueError, TypeError), match="column"):
        Fp8Recipe("column")
    with pytest.raises(ValueError, match=r"expected rows and columns for scaling row, got \(24,\)"):
        quantise_fp8(x[0], E4M3, "row")
    with pytest.raises(ValueError, match="expected columns in whole blocks of 16, got 24"):
        quantise_fp8(x, E4M3, "block", block=16)
    with pytest.raises(
        ValueError, match=r"expected whole blocks of 32 numbers, got shape \(4, 24\)"
    ):
        mx_encode(x)
    with pytest.raises(
        ValueError, match=r"expected whole blocks of 16 numbers, got shape \(4, 24\)"
    ):
        nvfp4_encode(x)
    with pytest.raises(ValueError, match="expected a format with a sign"):
        mx_encode(torch.ones(32), "e8m0")
    with pytest.raises(ValueError, match="expected one of fp32"):
        mx_encode(torch.ones(32), "e3m2")
    with pytest.raises(ValueError, match="expected an even number of codes below 16"):
        pack_fp4(torch.tensor([1, 2, 3], dtype=torch.uint8))
    with pytest.raises(ValueError, match="codes up to 16"):
        pack_fp4(torch.tensor([1, 16], dtype=torch.uint8))
    with pytest.raises(ValueError, match="expected a history of at least one step, got 0"):
        AmaxHistory(0)
    with pytest.raises(ValueError, match="expected a recorded step before the first scale"):
        AmaxHistory(2).scale(E4M3)


def test_bad_recipes_and_products():
    with pytest.raises(ValueError, match="expected one of fp32"):
        Fp8Recipe(forward="e6m1")
    with pytest.raises(ValueError, match="expected a format of e4m3, e5m2, got bf16"):
        Fp8Recipe(backward="bf16")
    with pytest.raises(ValueError, match="expected real=False with scaling block"):
        Fp8Recipe("block", real=True)
    a = quantise_fp8(torch.ones(4, 32), E4M3, "block", block=16)
    b = quantise_fp8(torch.ones(4, 32), E4M3, "block", block=32)
    with pytest.raises(ValueError, match="expected the same columns and blocks"):
        fp8_product(a, b)
    with pytest.raises(ValueError, match="expected the same columns and blocks"):
        fp8_product(quantise_fp8(torch.ones(4, 16), E4M3), quantise_fp8(torch.ones(4, 32), E4M3))
    with pytest.raises(ValueError, match=r"expected scales of a tensor or of rows, got \(4, 2\)"):
        real_fp8_product(a, a)
    c = quantise_fp8(torch.ones(4, 32), E5M2)
    with pytest.raises(ValueError, match="expected at most one operand in e5m2"):
        real_fp8_product(c, c)


def test_devices_that_have_no_fp8(monkeypatch):
    with pytest.raises(ValueError, match="expected a CPU or a CUDA device for FP8, got meta"):
        require_fp8_matmul(torch.device("meta"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    with pytest.raises(ValueError, match=r"expected a GPU of compute capability 8.9.*got 8\.0"):
        require_fp8_matmul(torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    require_fp8_matmul(torch.device("cuda"))


def test_block_layer_needs_whole_blocks_of_rows():
    layer = Fp8Linear(32, 32, recipe=Fp8Recipe("block", block=32))
    with pytest.raises(ValueError, match="expected columns in whole blocks of 32, got 10"):
        layer(torch.randn(10, 32))


def test_transpose_of_one_scale():
    x = ScaledFp8(torch.ones(2, 3).to(torch.float8_e4m3fn), torch.tensor(2.0))
    assert x.t().dequantise().shape == (3, 2)
    assert x.t().values.is_contiguous()


@pytest.mark.parametrize("real", [False, True])
def test_under_autocast_the_layer_returns_16_bits_as_a_linear_layer_does(real):
    layer = Fp8Linear(32, 16, recipe=Fp8Recipe(real=real))
    x = torch.randn(8, 32)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(x)
        assert out.dtype == nn.functional.linear(x, layer.weight).dtype == torch.bfloat16
    out.sum().backward()
    assert layer.weight.grad.dtype == layer.bias.grad.dtype == torch.float32
    exact = layer(x.bfloat16().float())
    assert (out - exact).abs().max() <= exact.abs().max() * 2**-7


def test_autocast_leaves_the_sums_of_a_simulated_product_in_float32():
    a = quantise_fp8(torch.randn(8, 64), float_format("e4m3"))
    with torch.autocast("cpu", torch.bfloat16):
        under = fp8_product(a, a)
    assert under.dtype == torch.float32
    assert torch.equal(under, fp8_product(a, a))


COMPILED = """# run: python
import torch

from reference_impl.mixed_precision import Fp8Linear, Fp8Recipe

layer = Fp8Linear(32, 16, recipe=Fp8Recipe(real=True))
x = torch.randn(16, 32)
layer(x).square().sum().backward()
eager, layer.weight.grad = layer.weight.grad, None
torch.compile(layer, fullgraph=True, backend="aot_eager")(x).square().sum().backward()
print((layer.weight.grad - eager).norm() < 0.01 * eager.norm())
#> tensor(True)
"""


def test_a_layer_with_real_products_compiles_into_one_graph():
    """In a process of its own: the compiler can't look into the checks of shapes that tests add."""
    assert check(parse(COMPILED), run(COMPILED, "compiled.py"), str) == []


@pytest.mark.gpu
@pytest.mark.parametrize("scaling", ["tensor", "row"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_gpu_multiplies_as_the_simulation_does(scaling, dtype):
    fmt = float_format("e4m3")
    a = quantise_fp8(torch.randn(48, 64, device="cuda"), fmt, scaling)
    b = quantise_fp8(torch.randn(32, 64, device="cuda"), fmt, scaling)
    found = real_fp8_product(a, b, out_dtype=dtype).float()
    exact = fp8_product(a, b)
    narrow = dtype == torch.bfloat16 or scaling == "row"  # on a GPU the latter rounds to it
    bound = 2**-7 if narrow else 2**-10  # sums of 64 terms, in another order and with fewer bits
    assert (found - exact).abs().max() <= bound * exact.abs().max()


@pytest.mark.gpu
def test_on_a_gpu_what_is_not_finite_is_not_looked_for_and_makes_everything_nan():
    layer = Fp8Linear(32, 16).cuda()
    x = torch.randn(8, 32, device="cuda")
    x[0, 0] = torch.inf
    assert layer(x).isnan().all()


def test_an_infinity_is_an_error_once_and_the_history_goes_on():
    history = AmaxHistory(4)
    history.quantise(torch.ones(2), E4M3)
    with pytest.raises(ValueError, match="finite numbers to record"):
        history.quantise(torch.tensor([torch.inf, 1.0]), E4M3)
    assert torch.equal(history.quantise(torch.ones(2), E4M3).dequantise(), torch.ones(2))


def test_what_float32_can_not_hold_is_not_finite():
    huge = torch.tensor([1e39, 1.0], dtype=torch.float64)
    with pytest.raises(ValueError, match="finite numbers to scale"):
        quantise_fp8(huge, E4M3)
    with pytest.raises(ValueError, match="expected finite numbers"):
        nvfp4_encode(huge.repeat(8))


def test_scales_whose_product_is_subnormal_lose_no_digits():
    a = quantise_fp8(torch.full((1, 16), 1e-20), E4M3)
    b = quantise_fp8(torch.full((1, 16), 1e-18), E4M3)
    assert torch.equal(fp8_product(a, b), real_fp8_product(a, b))


def test_a_transposed_matrix_goes_to_the_real_product_as_rows():
    turned = torch.randn(32, 16).t()
    a, b = quantise_fp8(turned, E4M3), quantise_fp8(torch.randn(16, 32), E4M3)
    torch.testing.assert_close(real_fp8_product(a, b), fp8_product(a, b))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_without_gradients_one_row_and_no_row_go_through(scaling):
    """Blocks along the rows are for the weight's gradient only."""
    layer = Fp8Linear(32, 16, recipe=Fp8Recipe(scaling, block=32)).eval()
    with torch.no_grad():
        assert layer(torch.randn(1, 32)).shape == (1, 16)
        assert layer(torch.randn(0, 32)).shape == (0, 16)


def test_a_second_derivative_is_refused():
    x = torch.randn(4, 32, requires_grad=True)
    (first,) = torch.autograd.grad(Fp8Linear(32, 16)(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize("element", ["bf16", "fp16", "e8m0"])
def test_elements_of_a_block_have_a_sign_and_at_most_8_bits(element):
    with pytest.raises(ValueError, match="a sign and at most 8 bits"):
        mx_encode(torch.ones(32), element)
