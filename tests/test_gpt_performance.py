"""The speed page: its table is the committed run, its program runs, and the fast ways compute the same."""

import json

import pytest
import torch

from benchmarks import speed
from reference_impl.attention import PreallocatedCache, few_rows_linear
from reference_impl.gpt import GPT, CachedLogits, CompiledStep, DecodeStep, GPTConfig, generate
from tests.code_blocks.fences import ROOT

DATA = json.loads(speed.DATA.read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "gpt" / "performance.md").read_text(encoding="utf-8")


def percent(spread):
    return f"{spread['median']:.0%}".replace("%", " %")


@pytest.mark.parametrize("case", DATA["cases"].values(), ids=lambda case: case["title"])
def test_the_table_on_the_page_is_the_committed_run(case):
    time, memory = case["time_ours_over_theirs"], case["peak_bytes"]
    compiled = case.get("time_compiled_over_theirs")
    what = next((w for w in ("operations", "bytes") if f"share_of_{w}_a_second" in case), None)
    share = percent(case[f"share_of_{what}_a_second"]) if what else "\N{EN DASH}"
    if compiled and what:
        share += f"<br>{percent(case[f'compiled_share_of_{what}_a_second'])}"
    row = [
        case["title"],
        f"{time['median']:.2f}<br>{time['min']:.2f}\N{EN DASH}{time['max']:.2f}",
        f"{compiled['median']:.2f}" if compiled else "\N{EN DASH}",
        share,
        f"{memory['ours'] / memory['theirs']:.2f}",
    ]
    assert f"| {' | '.join(row)} |" in PAGE


def test_the_machine_of_the_run_is_on_the_page():
    about = DATA["about"]
    versions = f"torch {about['torch']}, Transformers {about['transformers']}"
    assert f"{about['processor']}, {about['threads']} threads, {versions}, {about['date']}" in PAGE


def test_the_gain_of_few_rows_on_the_page_is_that_of_the_committed_run():
    one, four = (DATA["few_rows"][rows]["median"] for rows in ("1", "4"))
    wanted = (
        f"took {one:.2f} of the time of `functional.linear` for one row, and {four:.2f} for four"
    )
    assert wanted in PAGE


def test_the_program_runs_and_finds_the_results_equal():
    data = speed.main(["--quick"])
    assert data["cases"].keys() == DATA["cases"].keys()
    for case in data["cases"].values():
        assert case["time_ours_over_theirs"]["median"] > 0
        assert case["peak_bytes"]["ours"] > 0
    assert data["few_rows"].keys() == DATA["few_rows"].keys()


def test_a_model_that_computes_something_else_is_not_measured():
    case = speed.Case("wrong", lambda: torch.ones(2), lambda: torch.zeros(2))
    with pytest.raises(AssertionError, match="not close"):
        speed.agree(case)
    case = speed.Case("wrong", lambda: torch.tensor([1]), lambda: torch.tensor([2]))
    with pytest.raises(RuntimeError, match="the ids differ"):
        speed.agree(case)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [0, 1, 2, 8, 9])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_few_rows_are_a_linear_layer(threads, rows, bias, dtype):
    torch.manual_seed(0)
    before = torch.get_num_threads()
    x, weight = torch.randn(rows, 10, dtype=dtype), torch.randn(12, 20, dtype=dtype)[:, ::2]
    shift = torch.randn(12, dtype=dtype) if bias else None
    kept = shift.clone() if shift is not None else None
    try:
        torch.set_num_threads(threads)
        out = few_rows_linear(x, weight, shift)
    finally:
        torch.set_num_threads(before)
    expected = torch.nn.functional.linear(x, weight, shift)
    torch.testing.assert_close(out, expected)
    assert kept is None or torch.equal(kept, shift)


def test_few_rows_refuse_another_width():
    with pytest.raises((RuntimeError, TypeError)):
        few_rows_linear(torch.ones(1, 3), torch.ones(4, 5))


def small_gpt(norm="pre", band=None, layers=3):
    """A GPT in double precision, with weights that are nowhere near zero."""
    model = GPT(
        GPTConfig(
            vocab=11,
            context=9,
            dim=12,
            layers=layers,
            heads=3,
            norm=norm,
            final_norm=norm == "pre",
            band=band,
        )
    )
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    return model.double().eval()


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("band", [None, 3])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_step_without_modules_is_the_model(norm, band, batch):
    torch.manual_seed(0)
    model = small_gpt(norm, band)
    with torch.no_grad():
        ids = torch.randint(11, (batch, 9))
        caches = [PreallocatedCache(batch, 3, 9, 4, dtype=torch.float64) for _ in range(3)]
        step = DecodeStep(model)
        for place in range(9):
            logits = step(ids[:, place], caches)
            torch.testing.assert_close(logits, model(ids[:, : place + 1])[:, -1])
        with pytest.raises(
            ValueError, match="at most 9 tokens, the rows of the position table, got 10"
        ):
            step(ids[:, 0], caches)


# PyTorch's own compiler still imports what PyTorch calls deprecated.
its_own_deprecation = pytest.mark.filterwarnings("ignore:.*torch.jit.*deprecated")


@its_own_deprecation
@pytest.mark.parametrize(
    ("norm", "band", "stance"),
    [
        ("pre", None, "default"),
        ("post", 3, "default"),
        ("pre", 3, "force_eager"),  # the same function without the compiler
        ("post", None, "force_eager"),
    ],
)
def test_a_compiled_step_is_the_model(norm, band, stance):
    torch.manual_seed(0)
    model = small_gpt(norm, band, layers=2)
    ids = torch.randint(11, (1, 9))
    caches = [PreallocatedCache(1, 3, 9, 4, dtype=torch.float64) for _ in range(2)]
    step = CompiledStep(model)
    with torch.no_grad(), torch.compiler.set_stance(stance):
        for place in range(9):
            logits = step(ids[:, place], caches)
            torch.testing.assert_close(logits, model(ids[:, : place + 1])[:, -1])
    assert [cache.length for cache in caches] == [9, 9]
    with pytest.raises(ValueError, match=r"at most 9 tokens, the rows of the position.*got 10"):
        step(ids[:, 0], caches)
    with pytest.raises(ValueError, match="expected one sequence, got 2: use DecodeStep"):
        step(torch.zeros(2, dtype=torch.long), caches)


@its_own_deprecation
def test_one_program_serves_all_steps_and_another_model_of_these_sizes():
    torch.compiler.reset()
    torch.manual_seed(0)
    for stance in ("default", "fail_on_recompile"):
        with torch.compiler.set_stance(stance):
            model = small_gpt()
            torch.nn.init.normal_(model.positions.weight)  # not the same ones the second time
            prompt = torch.randint(11, (1, 3))
            compiled = generate(model, prompt, 6, compiled=True)
        assert torch.equal(compiled, generate(model, prompt, 6))


def test_the_compiled_step_is_for_one_sequence_without_filler():
    model = small_gpt()
    with pytest.raises(ValueError, match=r"one sequence without filler for the compiled.*got 2"):
        CachedLogits(model, 2, 9, compiled=True)
    with pytest.raises(ValueError, match="one sequence without filler"):
        generate(
            model,
            torch.ones(1, 3).long(),
            1,
            keep=torch.tensor([[False, True, True]]),
            compiled=True,
        )


def test_reserved_rows_are_counted():
    cache = PreallocatedCache(batch=2, kv_heads=1, capacity=4, head_dim=2)
    assert [cache.reserve(1), cache.reserve(2), cache.length] == [0, 1, 3]
    assert cache.bytes_written == 2 * 3 * cache.row_bytes
    assert cache.bytes_read == 2 * cache.nbytes
    with pytest.raises(ValueError, match=r"at most 4 tokens in all, got 3 \+ 2 new"):
        cache.reserve(2)
