"""Number formats against PyTorch's casts: every code, every midpoint and its neighbours, and what is not a number."""

import ml_dtypes
import numpy as np
import pytest
import torch

from reference_impl.mixed_precision import FORMATS, FloatFormat, float_format, stochastic_round

DTYPES = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "e5m2": torch.float8_e5m2,
    "e4m3": torch.float8_e4m3fn,
    "e8m0": torch.float8_e8m0fnu,
}
WIDTHS = {1: torch.uint8, 2: torch.uint16, 4: torch.uint32}
NARROW = [name for name in DTYPES if name != "fp32"]
INF = torch.tensor(torch.inf)


def codes_of(x, name):
    return x.view(WIDTHS[DTYPES[name].itemsize]).long()


def torch_codes(x, name):
    return codes_of(x.to(DTYPES[name]), name)


def same(a, b):
    """Equal as bits of numbers, the sign of zero and of NaN included."""
    signs = torch.signbit(a) == torch.signbit(b)
    return (((a == b) | (a.isnan() & b.isnan())) & signs).all().item()


def boundaries(fmt):
    """All numbers of the format, the points where rounding changes, and the float32 on both sides of each."""
    numbers = fmt.decode(torch.arange(2**fmt.bits))
    numbers = numbers[numbers.isfinite()].unique()
    top = torch.tensor([fmt.max + fmt.spacing(torch.tensor(fmt.max)).item() / 2])
    exact = torch.cat([numbers, (numbers[1:] + numbers[:-1]) / 2, top, -top])
    x = exact.float()
    assert (x == exact)[x.isfinite()].all()  # float32 holds them
    x = torch.cat([x, torch.nextafter(x, INF), torch.nextafter(x, -INF)])
    return torch.cat([x, -x])


@pytest.mark.parametrize("name", NARROW)
def test_every_code_decodes_as_in_torch(name):
    fmt = FORMATS[name]
    codes = torch.arange(2**fmt.bits)
    theirs = codes.to(WIDTHS[DTYPES[name].itemsize]).view(DTYPES[name]).double()
    ours = fmt.decode(codes)
    assert same(ours, theirs) if fmt.signed else torch.equal(ours[:-1], theirs[:-1])
    assert torch.equal(ours.isnan(), theirs.isnan())


@pytest.mark.parametrize("name", NARROW)
def test_every_code_comes_back(name):
    fmt = FORMATS[name]
    codes = torch.arange(2**fmt.bits)
    numbers = fmt.decode(codes)
    keep = ~numbers.isnan()
    assert torch.equal(fmt.encode(numbers)[keep], codes[keep])
    assert fmt.decode(fmt.encode(numbers))[~keep].isnan().all()


@pytest.mark.parametrize("name", NARROW)
def test_every_rounding_boundary_is_torchs(name):
    x = boundaries(FORMATS[name])
    assert torch.equal(FORMATS[name].encode(x), torch_codes(x, name))


@pytest.mark.parametrize("name", DTYPES)
def test_random_and_special_numbers_round_as_in_torch(name):
    generator = torch.Generator().manual_seed(0)
    raw = torch.randint(-(2**31), 2**31, (200_000,), generator=generator).int()
    x = raw.view(torch.float32)  # every exponent, subnormals, NaNs
    special = [0.0, -0.0, torch.inf, -torch.inf, torch.nan, 2**-149, -(2**-149), 3.4e38, -3.4e38]
    x = torch.cat([x, torch.tensor(special)])
    number = ~x.isnan()
    codes = FORMATS[name].encode(x)
    assert torch.equal(codes[number], torch_codes(x, name)[number])
    assert FORMATS[name].decode(codes[~number]).isnan().all()


@pytest.mark.parametrize("name", ["e4m3", "e5m2"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_every_16_bit_number_rounds_to_8_bits_as_in_torch(name, dtype):
    x = torch.arange(2**16).to(torch.uint16).view(dtype)
    number = ~x.isnan()
    codes = FORMATS[name].encode(x)
    assert torch.equal(codes[number], torch_codes(x, name)[number])
    assert torch.equal(FORMATS[name].decode(codes).isnan(), ~number)


def test_float64_rounds_once():
    x = torch.tensor([1 + 2**-11 + 2**-40], dtype=torch.float64)  # just above a midpoint of fp16
    assert FORMATS["fp16"].round(x) == 1 + 2**-10
    assert x.float().half() == 1  # rounded twice


@pytest.mark.parametrize(
    ("name", "other"), [("e2m1", "float4_e2m1fn"), ("e4m3", "float8_e4m3fn"), ("bf16", "bfloat16")]
)
def test_formats_agree_with_ml_dtypes(name, other):
    fmt, dtype = FORMATS[name], np.dtype(getattr(ml_dtypes, other))
    codes = torch.arange(2**fmt.bits)
    raw = codes.numpy().astype(f"u{dtype.itemsize}")
    with np.errstate(invalid="ignore"):  # NaNs that signal
        theirs = raw.view(dtype).astype(np.float64)
    assert same(fmt.decode(codes), torch.from_numpy(theirs))
    x = boundaries(fmt)
    saturate = name == "e2m1"  # of these, ml_dtypes saturates only the one without NaN
    theirs = torch.from_numpy(x.numpy().astype(dtype).astype(np.float64))
    assert same(fmt.decode(fmt.encode(x, saturate)), theirs)


@pytest.mark.parametrize("name", DTYPES)
def test_limits_are_finfos(name):
    fmt, limits = FORMATS[name], torch.finfo(DTYPES[name])
    assert (fmt.max, fmt.epsilon, fmt.bits) == (limits.max, limits.eps, limits.bits)
    assert fmt.smallest_normal == limits.tiny
    numbers = fmt.decode(torch.arange(2 ** min(fmt.bits, 16)))  # of fp32, those with 16 zeros first
    assert fmt.smallest == numbers[numbers > 0].min()


@pytest.mark.parametrize("name", FORMATS)
def test_overflow(name):
    fmt = FORMATS[name]
    large = torch.tensor([2.0**200, torch.inf], dtype=torch.float64)
    assert fmt.round(large, saturate=True).tolist() == [fmt.max] * 2
    beyond = fmt.round(large, saturate=False)
    if fmt.specials == "ieee":
        assert beyond.isinf().all()
        assert (fmt.round(-large, saturate=False) == -torch.inf).all()
    elif fmt.specials == "nan":
        assert beyond.isnan().all()
    else:
        assert (beyond == fmt.max).all()  # it has nothing else


def test_without_saturation_only_what_rounds_up_overflows():
    x = torch.tensor([464.0, 464.0001, -464.0001, 61439.0])
    assert FORMATS["e4m3"].round(x, saturate=False)[:1].tolist() == [448]
    assert FORMATS["e4m3"].round(x, saturate=False)[1:3].isnan().all()
    assert FORMATS["e5m2"].round(x, saturate=False)[3] == 57344


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("fp32", "e8m0")])
def test_spacing_is_the_distance_to_the_next_number(name):
    fmt = FORMATS[name]
    numbers = fmt.decode(torch.arange(fmt.max_code % 2**18 + 1))
    assert torch.equal(fmt.spacing(numbers[:-1]), numbers[1:] - numbers[:-1])
    assert torch.equal(fmt.spacing(-numbers), fmt.spacing(numbers))


def test_tf32_keeps_ten_bits_of_float32():
    x = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    raw = x.view(torch.int32).long()
    up = (raw + 0xFFF + (raw >> 13 & 1)) >> 13 << 13  # the usual trick on whole codes
    wanted = up.to(torch.int32).view(torch.float32)
    assert torch.equal(FORMATS["tf32"].round(x), wanted)


def test_shapes_and_dtypes_are_kept():
    x = torch.randn(2, 0, 3, dtype=torch.float64)
    assert FORMATS["bf16"].round(x).shape == (2, 0, 3)
    assert FORMATS["bf16"].round(torch.tensor(1.1)).dtype == torch.float32
    assert FORMATS["bf16"].encode(torch.randn(4, 3).t()).shape == (3, 4)


@pytest.mark.parametrize("name", FORMATS)
def test_stochastic_rounding_is_unbiased(name):
    fmt, n = FORMATS[name], 40_000
    generator = torch.Generator().manual_seed(1)
    step = fmt.spacing(torch.tensor(1.0)).item()
    for share in (0.1, 0.5, 0.9):
        x = torch.full((n,), 1 + share * step, dtype=torch.float64)
        rounded = stochastic_round(x, fmt, generator)
        assert set(rounded.tolist()) == {1.0, 1 + step}
        ups = (rounded > 1).sum().item()
        assert abs(ups - share * n) < 5 * (n * share * (1 - share)) ** 0.5
        assert (stochastic_round(-x, fmt, generator).abs() <= 1 + step).all()


def test_stochastic_rounding_of_less_than_the_smallest():
    fmt, generator = FORMATS["e5m2"], torch.Generator().manual_seed(0)
    x = torch.full((100_000,), fmt.smallest / 50)
    ups = (stochastic_round(x, fmt, generator) == fmt.smallest).sum().item()
    assert abs(ups - 2000) < 5 * 2000**0.5
    assert (stochastic_round(x * 1e-30, fmt, generator) == 0).all()  # one in 10^31


@pytest.mark.parametrize("name", NARROW)
def test_stochastic_rounding_leaves_numbers_of_the_format(name):
    fmt = FORMATS[name]
    numbers = fmt.decode(torch.arange(fmt.max_code + 1))
    rounded = stochastic_round(numbers, fmt, torch.Generator().manual_seed(0))
    assert torch.equal(rounded, numbers)


def test_bad_input():
    with pytest.raises(ValueError, match=r"expected one of fp32, tf32.*got 'fp64'"):
        float_format("fp64")
    with pytest.raises(
        TypeError, match=r"expected a floating dtype|Float"
    ):  # or the type checker's
        FORMATS["fp16"].encode(torch.tensor([1]))
    with pytest.raises(ValueError, match="e2m1 has no code for NaN"):
        FORMATS["e2m1"].encode(torch.tensor([torch.nan]))


def test_a_format_of_ones_own():
    fmt = FloatFormat("e3m2", 3, 2, bias=3, specials="none", saturates=True)  # of MXFP6
    assert (fmt.max, fmt.smallest_normal, fmt.smallest) == (28, 0.25, 0.0625)
    codes = torch.arange(64)
    raw = codes.numpy().astype(np.uint8).view(ml_dtypes.float6_e3m2fn)
    assert same(fmt.decode(codes), torch.from_numpy(raw.astype(np.float64)))
